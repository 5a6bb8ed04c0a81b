// Package pubsub holds what is said over Redis: messages on one Pub/Sub channel, as pure
// functions over bytes. Who connects, seals and believes them is actors/identity.
//
// Each message is one JSON object, which goes to every node that is subscribed, the
// sender too. Redis keeps nothing: a message may be lost, come twice, or come after one
// that was sent later, and without a cluster key anybody may have sent it. So each says
// below what makes up for it when it is lost.
package pubsub
