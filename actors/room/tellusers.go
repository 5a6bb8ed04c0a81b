package room

import (
	"time"

	"github.com/rollcall/rollcall/actors/outbox"
	"github.com/rollcall/rollcall/protos"
)

// What a roster tells its sockets of the users in its room: see userNews for what is
// told when, and to whom.

// Relayed is a relay on its way to the rosters of this node, for all of which its
// event is made once. Node → Roster.
type Relayed struct {
	*protos.Relay
	packet *packet
}

// NewRelayed returns a relay with the event that clients get.
func NewRelayed(msg *protos.Relay) *Relayed { return &Relayed{Relay: msg, packet: newRelayEvent(msg)} }

// heldDue says that a change was held back for long enough. Roster → itself, by timer.
type heldDue UserChanged

func (r *roster) userChanged(msg UserChanged) {
	r.span.Set("id_user", msg.User)
	r.span.Set("version", msg.Version)
	news := r.audience.of(msg.User)
	if news == nil {
		return
	}
	flush, hold, to := news.change(msg.Version, time.Now())
	r.tellVersion(msg.User, flush)
	if hold {
		r.after(r.home.HoldBack, heldDue(msg))
	}
	r.tellOne(to, msg.User, msg.Version)
}

func (r *roster) heldDue(msg heldDue) {
	if news := r.audience.of(msg.User); news != nil {
		r.tellVersion(msg.User, news.due(msg.Version))
	}
}

func (r *roster) relay(msg *Relayed) {
	var instead *outbox.Frame // for whom the relay itself is left out: a version is never lost
	if news := r.audience.of(msg.GetIdUser()); news != nil {
		if msg.GetVersion() > news.told {
			instead = identityChange(msg.GetIdUser(), msg.GetVersion())
		}
		pass, plain := news.relay(msg.GetVersion(), msg.GetIdSocket(), isBare(msg.Relay), time.Now())
		r.tellOne(msg.GetIdSocket(), msg.GetIdUser(), plain)
		if !pass {
			return
		}
	}
	r.billRelay(msg.Relay)
	r.deliveries.add(&delivery{packet: msg.packet, ofUser: true, instead: instead, sender: msg.GetIdSocket(), except: msg.GetIdSocket()})
}

// tellVersion tells everybody that a user is at a version, unless that is 0.
func (r *roster) tellVersion(user string, version int64) {
	if version > 0 {
		r.span.Set("sockets", len(r.seats.list))
		r.tellEach(identityChange(user, version), "")
	}
}

// tellOne tells one socket, if it is here, unless the version is 0.
func (r *roster) tellOne(socket, user string, version int64) {
	if st := r.seats.get(socket); st != nil && st.greeted && version > 0 {
		r.push(st, identityChange(user, version))
	}
}
