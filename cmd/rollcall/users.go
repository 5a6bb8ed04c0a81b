package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/rollcall/rollcall/actors/clusterkey"
	"github.com/rollcall/rollcall/actors/identity"
	"github.com/rollcall/rollcall/protos/problem"
	"github.com/rollcall/rollcall/protos/socketio"
)

// UsersCmd says who the users are, while nodes run or not.
type UsersCmd struct {
	Add    AddUserCmd     `cmd:"" help:"Add a user."`
	Remove RemoveUserCmd  `cmd:"" help:"Remove a user, whose connections the nodes then close."`
	Revoke RevokeCmd      `cmd:"" help:"Refuse tokens of a user that were issued before a moment; the nodes then close the connections that showed them."`
	List   ListUsersCmd   `cmd:"" help:"Print all users, sorted by id: id, name and version, with tabs between them."`
	Import ImportUsersCmd `cmd:"" help:"Add the users in a file: all that can be taken, at once, or none if it cannot be read."`
}

// AddUserCmd adds one user.
type AddUserCmd struct {
	ID   string `arg:"" name:"id" help:"id_user: 1 to 255 bytes of text, as clients give it."`
	Name string `arg:"" name:"name" help:"The name that others see, 1 to 255 characters."`

	Profile string `placeholder:"JSON" help:"What is known of the user besides, of 4 KiB at most, as {\"avatar\": \"https://…\"}."`
	storeFlags
}

// RemoveUserCmd removes one user.
type RemoveUserCmd struct {
	ID string `arg:"" name:"id" help:"id_user."`
	storeFlags
	announcing
}

// RevokeCmd revokes the tokens of a user.
type RevokeCmd struct {
	ID     string    `arg:"" name:"id" help:"id_user, as tokens say it. The user need not be in the store."`
	Before time.Time `name:"before" placeholder:"TIME" help:"Tokens issued before are refused, as 2026-11-29T12:00:00Z; a day from now at most; it never moves back. [now]"`
	storeFlags
	announcing
}

// ListUsersCmd prints all users.
type ListUsersCmd struct {
	JSON bool `name:"json" help:"Print JSON lines, which users import takes."`
	storeFlags
}

// announcing are the flags by which a command tells the nodes of a change.
type announcing struct {
	RedisServer `embed:""`

	ClusterName    string   `group:"cluster" env:"ROLLCALL_CLUSTER_NAME" default:"rollcall" placeholder:"NAME" help:"The cluster that is told, by --redis-url. Without that, nodes find the change within 10 s. [${default}]"`
	ClusterKey     []string `group:"cluster" env:"ROLLCALL_CLUSTER_KEY" placeholder:"SECRET" help:"That of the nodes, if they have one: without it they find the change within 10 s."`
	ClusterKeyFile string   `group:"cluster" env:"ROLLCALL_CLUSTER_KEY_FILE" placeholder:"FILE" help:"File that holds --cluster-key."`
}

// Validate finds what cannot work, before anything is changed.
func (a *announcing) Validate() error {
	if err := readClusterKey(&a.ClusterKey, a.ClusterKeyFile); err != nil {
		return err
	}
	return firstError(a.check(), checkClusterKey(a.ClusterKey))
}

// Run prints the version at which the user was added.
func (c *AddUserCmd) Run(ctx context.Context, std streams) error {
	return c.withStore(ctx, std, func(store *identity.Store) error {
		user, err := store.Add(ctx, c.ID, c.Name, json.RawMessage(c.Profile))
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(std.out, "added: %s, version %d\n", user.ID, user.Version)
		return err
	})
}

// Run tells the nodes, and prints when they know.
func (c *RemoveUserCmd) Run(ctx context.Context, std streams) error {
	return c.withStore(ctx, std, func(store *identity.Store) error {
		change, err := store.Remove(ctx, c.ID, nil)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(std.out, "removed: %s; %s\n", c.ID, c.announce(ctx, std, c.storeFlags, change))
		return err
	})
}

// Run tells the nodes, and prints when they know.
func (c *RevokeCmd) Run(ctx context.Context, std streams) error {
	return c.withStore(ctx, std, func(store *identity.Store) error {
		before := c.Before
		if before.IsZero() {
			before = identity.SoFar(time.Now())
		}
		change, err := store.Revoke(ctx, c.ID, before)
		if err != nil {
			return err
		}
		said := "such tokens are refused already"
		if change.Seq > 0 {
			said = c.announce(ctx, std, c.storeFlags, change)
		}
		_, err = fmt.Fprintf(std.out, "revoked: tokens of %s issued before %s; %s\n", c.ID, before.UTC().Format(time.RFC3339), said)
		return err
	})
}

// announce publishes a change that is committed, and returns by when the nodes know.
func (a announcing) announce(ctx context.Context, std streams, flags storeFlags, change identity.Change) string {
	const late = "nodes that run hear of it within 10 s"
	if a.RedisURL == "" {
		return late
	}
	redis.SetLogger(redisLog{flags.logger(std.err)})
	keys, err := clusterkey.New(a.ClusterKey)
	var bus *identity.Bus
	if err == nil {
		bus, err = identity.NewBus(a.RedisURL, identityChannel(a.ClusterName), a.redisTrust())
	}
	if err == nil {
		err = errors.Join(bus.Seal(keys), bus.Publish(ctx, change), bus.Close())
	}
	if err != nil {
		_, _ = fmt.Fprintf(std.err, "rollcall: %v\n", err)
		return late
	}
	return "the nodes were told"
}

// identityChannel is the Redis channel on which the nodes of a cluster tell each other
// of changed users.
func identityChannel(cluster string) string { return "rollcall:" + cluster + ":identity" }

// usersAtATime is how many users are in memory at a time.
const usersAtATime = 1000

// Run prints one page after the other.
func (c *ListUsersCmd) Run(ctx context.Context, std streams) error {
	return c.withStore(ctx, std, func(store *identity.Store) error {
		out := bufio.NewWriter(std.out)
		for after := ""; ; {
			page, err := store.Page(ctx, after, usersAtATime)
			if err != nil {
				return errors.Join(err, out.Flush())
			}
			for _, user := range page {
				if _, err := out.Write(c.line(user)); err != nil {
					return err
				}
			}
			if len(page) < usersAtATime {
				return out.Flush()
			}
			after = page[len(page)-1].ID
		}
	})
}

// line returns a user with a line break. Neither ids nor names have tabs or line breaks.
func (c *ListUsersCmd) line(user identity.User) []byte {
	if !c.JSON {
		return fmt.Appendf(nil, "%s\t%s\t%d\n", user.ID, user.Name, user.Version)
	}
	line := socketio.AppendString([]byte(`{"id_user":`), user.ID)
	line = socketio.AppendString(append(line, `,"name":`...), user.Name)
	if user.Profile != nil {
		line = append(append(line, `,"profile":`...), user.Profile...)
	}
	return fmt.Appendf(line, `,"version":%d}`+"\n", user.Version)
}

// withStore does work on a store that is there.
func (f storeFlags) withStore(ctx context.Context, std streams, work func(*identity.Store) error) (err error) {
	if err := f.check(); err != nil {
		return err
	}
	store, err := identity.OpenExisting(ctx, f.databaseURL(), f.logger(std.err))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	if err := store.Migrator().Recognise(ctx); problem.CodeOf(err) == problem.Invalid {
		return err
	}
	return work(store)
}
