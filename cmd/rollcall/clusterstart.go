package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"regexp"
	"strings"
	"sync"

	"github.com/alicebob/miniredis/v2"

	"github.com/rollcall/rollcall/cmd/rollcall/listen"
	"github.com/rollcall/rollcall/cmd/rollcall/supervisor"
)

// hostRedis gives the nodes a Redis in this process if they were given none.
func (c *ClusterCmd) hostRedis(log *slog.Logger) (stop func(), err error) {
	if c.RedisURL != "" {
		return func() {}, nil
	}
	server := miniredis.NewMiniRedis()
	if err := server.StartAddr("127.0.0.1:0"); err != nil {
		return nil, fmt.Errorf("host a Redis: %w", err)
	}
	c.RedisURL = "redis://" + server.Addr()
	log.Info("no --redis-url: hosting a Redis in this process", "url", c.RedisURL)
	return server.Close, nil
}

// supervise runs the nodes, spreads connections over them where the kernel does
// not, and says when all are ready.
func (c *ClusterCmd) supervise(ctx context.Context, merge *supervisor.Merge, log *slog.Logger, ready func()) error {
	program, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find this program: %w", err)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var beside sync.WaitGroup
	defer beside.Wait()
	defer cancel()

	var spreading error
	if !listen.CanShare {
		raw, err := listen.Open(ctx, string(c.Listen))
		if err != nil {
			return err
		}
		beside.Go(func() {
			defer cancel()
			spreading = supervisor.Spread(ctx, listen.New(raw, listen.Options{Log: log}), c.addresses(c.NodePort), log)
		})
	}
	beside.Go(func() { c.announce(ctx, log, ready) })
	err = supervisor.Run(ctx, supervisor.Config{
		Program: program,
		Env:     c.childEnvironment(),
		Nodes:   c.children(merge),
		Grace:   c.grace(),
		Log:     log,
	})
	cancel()
	beside.Wait()
	if err = errors.Join(err, spreading); err == nil {
		log.Info("all nodes have stopped")
	}
	return err
}

// announce says, once, that the cluster can be used.
func (c *ClusterCmd) announce(ctx context.Context, log *slog.Logger, ready func()) {
	log.Info("starting nodes", "nodes", c.Nodes, "log", "logs/cluster.log in "+c.Data)
	var urls []string
	for _, address := range c.addresses(c.NodePort) {
		urls = append(urls, "http://"+address)
	}
	err := supervisor.Ready(ctx, urls, func(missing []string) {
		log.Warn("still waiting for nodes to be ready", "missing", strings.Join(missing, ", "))
	})
	if err == nil {
		log.Info("ready; open " + c.firstPage())
		ready()
	}
}

// firstPage is where to begin. Who has to prove who they are needs a token, which is not
// for a log that is kept.
func (c *ClusterCmd) firstPage() string {
	base := c.baseURL(c.Listen)
	switch {
	case c.Auth != authJWT:
		return base + "/ui/Maths?id_user=1"
	case c.JWTSecret != "":
		return "what this prints, by the secret of the nodes: rollcall token --sub 1 --room Maths" + c.claims() + " --url " + base
	default:
		return base + "/ui/Maths, with a token of the issuer's"
	}
}

// claims returns the flags by which rollcall token says in a token what the nodes look for.
func (s *Signing) claims() string {
	flags := ""
	add := func(flag, value string) { flags += " " + flag + " " + quoted(value) }
	if s.JWTIssuer != "" {
		add("--jwt-issuer", s.JWTIssuer)
	}
	if audience := s.audience(); len(audience) > 0 {
		add("--jwt-audience", audience[0])
	}
	if s.JWTUserClaim != "sub" {
		add("--jwt-user-claim", s.JWTUserClaim)
	}
	return flags
}

// quoted returns a text as a POSIX shell takes it for one word.
func quoted(text string) string {
	if regexp.MustCompile(`^[\w.@:/-]+$`).MatchString(text) {
		return text
	}
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}

// tellOperators says how the dashboard is opened. A token that was made is shown to
// whoever started the cluster; the log that is kept says where it is.
func (c *ClusterCmd) tellOperators(made *madeToken, merge *supervisor.Merge) {
	base := c.baseURL(c.Listen)
	shown, kept := c.logger(merge.Shown("cluster")), c.logger(merge.Kept("cluster"))
	if made == nil {
		for _, log := range []*slog.Logger{shown, kept} {
			log.Info("the dashboard: " + dashURL(base, "") + ", which asks for the admin token")
		}
		return
	}
	shown.Info("the dashboard: " + dashURL(base, c.AdminToken))
	kept.Info("the dashboard: "+dashURL(base, "")+", which asks for the admin token", "token_in", made.file)
	if made.lasts != nil {
		shown.Warn("the admin token is another one after the next start", "err", made.lasts)
	}
}
