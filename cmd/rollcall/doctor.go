package main

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/rollcall/rollcall/actors/access/tokens"
	"github.com/rollcall/rollcall/actors/clusterkey"
	"github.com/rollcall/rollcall/cmd/rollcall/doctor"
)

// DoctorCmd examines the node that serve would run with the same flags.
type DoctorCmd struct {
	JSON bool `name:"json" help:"Print JSON."`

	ServeCmd `embed:""`
}

// doctorPatience is how long each check may take; all are done at the same time.
const doctorPatience = 6 * time.Second

// Help is shown below the summary of the command.
func (c *DoctorCmd) Help() string {
	return `It takes the flags and the environment of rollcall serve, tries what the node would need, and prints a line for each thing that it has looked at: ok, warning, or wrong, with what to do. It changes nothing and joins nothing, so it may run beside the node. If something is wrong the exit code is 1.

Examples:

    rollcall doctor --auth none
    rollcall doctor --auth jwt --jwt-secret-file secret --name node-1 --listen :5009 --actor 10.0.0.1:6011 --gossip 10.0.0.1:7011 --join 10.0.0.2:7011 --cluster-key-file key --redis-url redis://10.0.0.9:6379
    rollcall doctor --auth none --json`
}

// Validate leaves that to the embedded command, whose method kong calls as well: a second
// time it would find each secret of a file given twice.
func (c *DoctorCmd) Validate() error { return nil }

// Run prints what was found.
func (c *DoctorCmd) Run(ctx context.Context, std streams) error {
	redis.SetLogger(redisLog{slog.New(slog.DiscardHandler)}) // what matters comes as an error
	keys, err := clusterkey.New(c.ClusterKey)
	if err != nil {
		return err
	}
	var issuers []tokens.Issuer
	if c.Auth == authJWT {
		if issuers, err = c.issuers(); err != nil {
			return err
		}
	}
	findings := doctor.Examine(ctx, c.node(keys, issuers).Checks(), doctorPatience)
	show := doctor.Print
	if c.JSON {
		show = doctor.PrintJSON
	}
	if err := show(std.out, findings); err != nil {
		return err
	}
	wrong := 0
	for _, f := range findings {
		if f.Level == doctor.Wrong {
			wrong++
		}
	}
	if wrong > 0 {
		return fmt.Errorf("%s wrong", count(wrong, "thing"))
	}
	return nil
}

// node returns the node as the doctor sees it.
func (c *DoctorCmd) node(keys *clusterkey.Ring, issuers []tokens.Issuer) doctor.Node {
	files, sets := []string{}, []doctor.KeySet{}
	if c.JWTIssuers != "" {
		files = append(files, c.JWTIssuers)
	}
	for _, issuer := range issuers {
		if issuer.KeySet != "" {
			sets = append(sets, doctor.KeySet{URL: issuer.KeySet, AnyAudience: len(issuer.Audience) == 0})
		}
	}
	for _, file := range c.secretFiles() {
		if *file != "" {
			files = append(files, *file)
		}
	}
	return doctor.Node{
		Name: string(c.Name), Listen: string(c.Listen), Shared: string(c.Shared), Actor: string(c.Actor), Gossip: string(c.Gossip),
		AdvertiseActor: string(c.AdvertiseActor), AdvertiseGossip: string(c.AdvertiseGossip), Join: texts(c.Join),
		Cluster: c.ClusterName, Keys: keys,
		Channel: identityChannel(c.ClusterName), RedisURL: c.RedisURL, RedisTrust: c.redisTrust(),
		DatabaseURL: c.databaseURL(), OwnDatabase: c.DatabaseURL == "", Data: c.Data,
		TLSCert: c.TLSCert, TLSKey: c.TLSKey, SecretFiles: files,
		Tokens: c.Auth == authJWT, KeySets: sets, AnyUser: c.KnownUsers == usersAny,
		Connections: c.MaxConnections, Log: slog.New(slog.DiscardHandler),
	}
}
