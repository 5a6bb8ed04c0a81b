package main

import (
	"fmt"
	"path/filepath"
	"time"
)

// Settings is what all nodes of a cluster have in common. The supervisor hands
// them to its nodes in the environment (see [environment]), where they do not
// show in the list of processes.
type Settings struct {
	ClusterName    string   `group:"cluster" env:"ROLLCALL_CLUSTER_NAME" default:"rollcall" placeholder:"NAME" help:"Only nodes that give the same name form a cluster. [${default}]"`
	ClusterKey     []string `group:"cluster" env:"ROLLCALL_CLUSTER_KEY" placeholder:"SECRET" help:"Secret of at least 16 characters, the same on all nodes: encrypts and authenticates what they say to each other, and authenticates what they say over Redis. Make one with: openssl rand -base64 32. Without it, nodes take addresses of this machine only. Several with commas: the first is used, all are accepted, so that a key is replaced without a split, node by node: old,new, then new,old, then new."`
	ClusterKeyFile string   `group:"cluster" env:"ROLLCALL_CLUSTER_KEY_FILE" placeholder:"FILE" help:"File that holds --cluster-key, as /run/secrets/rollcall_cluster_key."`
	Insecure       bool     `group:"cluster" env:"ROLLCALL_INSECURE" help:"Let --actor and --gossip be addresses of a network without --cluster-key. Whoever reaches them can then forge what users see, stop rooms and read all that nodes say: for a network on which nobody else is. [off]"`

	RollDeadline time.Duration `group:"cluster" env:"ROLLCALL_ROLL_DEADLINE" default:"250ms" placeholder:"TIME" help:"A roll call is answered within this time, naming the nodes that have not answered by then; 10ms to 30s. [${default}]"`

	Storage     `embed:""`
	History     `embed:""`
	RedisServer `embed:""`

	TLS     string    `group:"tls" name:"tls" env:"ROLLCALL_TLS" enum:"off,auto,files" default:"auto" placeholder:"MODE" help:"off: plain HTTP only. auto: a self-signed certificate for localhost, made once and kept in the data folder. files: the certificate of --tls-cert and --tls-key, which imply this mode. [${default}]"`
	TLSCert string    `group:"tls" name:"tls-cert" env:"ROLLCALL_TLS_CERT" placeholder:"FILE" help:"Certificate chain in PEM, as /etc/rollcall/fullchain.pem."`
	TLSKey  string    `group:"tls" name:"tls-key" env:"ROLLCALL_TLS_KEY" placeholder:"FILE" help:"Private key of --tls-cert in PEM."`
	Plain   plainMode `group:"tls" env:"ROLLCALL_PLAIN" placeholder:"MODE" help:"What plain HTTP is answered on the port that also speaks TLS. serve: everything. redirect: where the same is found by https (308); connections of Socket.IO are refused, as they would not follow. refuse: nothing (403). /healthz and /readyz are answered always, and so is what comes by a --trusted-proxy, unless that says by X-Forwarded-Proto that it was plain HTTP. With --tls files, unless it is serve, browsers are told to come by https only (HSTS, for 30 days). [redirect with --tls files, else serve]"`

	PingInterval   time.Duration `group:"clients" env:"ROLLCALL_PING_INTERVAL" default:"10s" placeholder:"TIME" help:"Pause between two heartbeats of a connection; 100ms to 1h. [${default}]"`
	PingTimeout    time.Duration `group:"clients" env:"ROLLCALL_PING_TIMEOUT" default:"30s" placeholder:"TIME" help:"A client that leaves a heartbeat unanswered this long is disconnected; 100ms to 1h. [${default}]"`
	ConnectTimeout time.Duration `group:"clients" env:"ROLLCALL_CONNECT_TIMEOUT" default:"45s" placeholder:"TIME" help:"A connection that has not said which room and user within this time is closed; 100ms to 1h. [${default}]"`
	MaxPayload     int64         `group:"clients" env:"ROLLCALL_MAX_PAYLOAD" default:"1000000" placeholder:"BYTES" help:"Longest message of a client in bytes; 128 to 16777216 (16 MiB). [${default}]"`
	MaxRooms       int           `group:"clients" env:"ROLLCALL_MAX_ROOMS" default:"32" placeholder:"N" help:"Rooms that one connection may be in at a time, the one that it connects to included; 1 to 1000. [${default}]"`
	Messages       bool          `group:"clients" env:"ROLLCALL_MESSAGES" default:"true" negatable:"" help:"Clients may send messages to the others in their rooms; --no-messages leaves Rollcall to presence. [on]"`

	Access    `embed:""`
	Front     `embed:""`
	Limits    `embed:""`
	Visitors  `embed:""`
	Operators `embed:""`
	Tracing   `embed:""`
	Logging   `embed:""`
}

// Storage says where users are kept.
type Storage struct {
	Data            string `group:"storage" env:"ROLLCALL_DATA" default:"data" placeholder:"FOLDER" help:"Folder for all that this machine keeps: the SQLite database, the self-signed certificate, the logs of a local cluster. [./data]"`
	DatabaseURL     string `group:"storage" env:"ROLLCALL_DATABASE_URL,DATABASE_URL" placeholder:"URL" help:"Database of the users: postgres://user:password@host:5432/database, or sqlite:// and a path. Without it, the SQLite file rollcall.db in the data folder."`
	DatabaseURLFile string `group:"storage" env:"ROLLCALL_DATABASE_URL_FILE,DATABASE_URL_FILE" placeholder:"FILE" help:"File that holds --database-url, as /run/secrets/rollcall_database_url."`
}

// check reads the URL of the database if that is in a file.
func (s *Storage) check() error { return fromFile("--database-url", &s.DatabaseURL, s.DatabaseURLFile) }

// databaseURL returns the database to use.
func (s Storage) databaseURL() string {
	if s.DatabaseURL != "" {
		return s.DatabaseURL
	}
	return filepath.Join(s.Data, "rollcall.db")
}

// check finds what cannot work, before anything is started. Its errors say what
// to do, and repeat no secret.
func (s *Settings) check() error {
	if s.ClusterName == "" || len(s.ClusterName) > 63 {
		return fmt.Errorf("--cluster-name must have 1 to 63 characters, as rollcall")
	}
	if err := firstError(readClusterKey(&s.ClusterKey, s.ClusterKeyFile), s.Storage.check()); err != nil {
		return err
	}
	if s.MaxPayload < 128 || s.MaxPayload > 16<<20 {
		return fmt.Errorf("--max-payload is %d bytes; it must be 128 to %d, as 1000000", s.MaxPayload, 16<<20)
	}
	if s.MaxRooms < 1 || s.MaxRooms > 1000 {
		return fmt.Errorf("--max-rooms is %d; it must be 1 to 1000, as 32", s.MaxRooms)
	}
	return firstError(
		checkClusterKey(s.ClusterKey),
		s.RedisServer.check(),
		s.checkTLS(),
		s.Access.check(),
		s.Front.check(),
		s.Limits.check(),
		s.Visitors.check(),
		s.History.check(),
		s.Operators.check(),
		s.checkApart(),
		s.Tracing.check(),
		within("--ping-interval", s.PingInterval, 100*time.Millisecond, time.Hour),
		within("--ping-timeout", s.PingTimeout, 100*time.Millisecond, time.Hour),
		within("--connect-timeout", s.ConnectTimeout, 100*time.Millisecond, time.Hour),
		within("--roll-deadline", s.RollDeadline, 10*time.Millisecond, 30*time.Second),
	)
}

func within(flag string, d, least, most time.Duration) error {
	if d < least || d > most {
		return fmt.Errorf("%s is %s; it must be %s to %s", flag, brief(d), brief(least), brief(most))
	}
	return nil
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
