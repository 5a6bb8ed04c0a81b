package identity

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"

	"github.com/rollcall/rollcall/protos/problem"
)

// redisPatience bounds each exchange with Redis: who waits for it is a person
// who renames somebody.
const redisPatience = 500 * time.Millisecond

// Trust says whose certificates are believed of a Redis behind TLS. The zero value
// believes those that the system does.
type Trust struct {
	CAFile   string // PEM: believes these authorities alone; "" for those of the system
	Insecure bool   // believes any certificate, whatever CAFile says
}

// CheckRedisURL looks for what cannot work in a Redis URL. The error is
// [problem.Invalid], and says what to write.
func CheckRedisURL(redisURL string, trust Trust) error {
	_, err := parseRedis(redisURL, trust)
	return err
}

// redisPlace is where a Redis is, and how to speak with it.
type redisPlace struct {
	options *redis.Options

	// Of a Redis that Sentinel looks after:
	master                             string   // its name; "" for none
	sentinels                          []string // host:port of each
	sentinelUsername, sentinelPassword string
}

// parseRedis reads a Redis URL. Its errors and those of the client never contain the
// password: a URL that cannot be read is not repeated.
func parseRedis(redisURL string, trust Trust) (*redisPlace, error) {
	u, wrong := parseServiceURL(redisURL)
	secure := strings.HasPrefix(u.scheme, "rediss")
	switch {
	case wrong != "":
		return nil, badRedisURL(wrong)
	case u.scheme == "redis-cluster" || u.scheme == "rediss-cluster" || u.scheme == "redis+cluster" || u.scheme == "rediss+cluster":
		return nil, badRedisURL("of a Redis Cluster write one node, as redis://host:6379: what is published there reaches all of its nodes")
	case !slices.Contains([]string{"redis", "rediss", "redis-sentinel", "rediss-sentinel", "redis+sentinel", "rediss+sentinel"}, u.scheme):
		if isScheme(u.scheme) {
			return nil, badRedisURL(fmt.Sprintf("its scheme must be redis, rediss, redis-sentinel or rediss-sentinel, not %q", u.scheme))
		}
		return nil, badRedisURL("it begins with no scheme")
	case u.hosts[0] == "":
		return nil, badRedisURL("it names no host")
	case slices.ContainsFunc(u.hosts, func(h string) bool { return h == "" || strings.HasPrefix(h, "%") }):
		return nil, badRedisURL("one of its hosts is none")
	}
	if u.user == "h" {
		// Heroku writes a user h, whom its Redis does not know: the password is that of
		// the default user.
		u.user = ""
	}
	place := new(redisPlace)
	if strings.HasSuffix(u.scheme, "sentinel") {
		if err := place.takeSentinels(&u); err != nil {
			return nil, err
		}
	}
	if len(u.hosts) > 1 {
		return nil, badRedisURL("it names several hosts; if Sentinel looks after them write redis-sentinel://host:26379,host:26379/0?master=name, and of a Redis Cluster one node is enough: what is published there reaches all")
	}
	options, err := u.redisOptions(secure)
	if err != nil {
		return nil, err
	}
	if err := trust.apply(options); err != nil {
		return nil, err
	}
	if place.options = options; place.master != "" && options.TLSConfig != nil {
		options.TLSConfig.ServerName = "" // that of each Redis and Sentinel that is spoken to
	}
	return place, nil
}

// takeSentinels takes out of the URL what concerns Sentinel.
func (p *redisPlace) takeSentinels(u *serviceURL) error {
	for _, host := range u.hosts {
		if _, _, err := net.SplitHostPort(host); err != nil {
			host = net.JoinHostPort(strings.Trim(host, "[]"), "26379")
		}
		p.sentinels = append(p.sentinels, host)
	}
	u.hosts = p.sentinels[:1]
	u.options = slices.DeleteFunc(u.options, func(o option) bool {
		switch o.name {
		case "master", "master_name":
			p.master = o.value
		case "sentinel_username":
			p.sentinelUsername = o.value
		case "sentinel_password":
			p.sentinelPassword = o.value
		default:
			return false
		}
		return true
	})
	if p.master == "" {
		return badRedisURL("its option master is missing: the name under which Sentinel knows the Redis, as redis-sentinel://host:26379/0?master=mymaster")
	}
	return nil
}

// redisOptions has go-redis read the URL, one option after the other, so that it is
// known which one it does not understand.
func (u serviceURL) redisOptions(secure bool) (*redis.Options, error) {
	base := "redis://"
	if secure {
		base = "rediss://"
	}
	base += u.login() + u.hosts[0]
	if u.path != "" {
		if n, err := strconv.Atoi(u.path); err != nil || n < 0 {
			return nil, badRedisURL("its path must be the number of a database, as /0")
		}
		base += "/" + u.path
	}
	var pairs []string
	for _, o := range u.options {
		if wrong := foreignRedisOption(o.name, secure); wrong != "" {
			return nil, badRedisURL(wrong)
		}
		pair := o.text()
		_, err := redis.ParseURL(base + "?" + pair)
		switch {
		case err != nil && o.secret:
			return nil, badRedisURL("an option behind its password is unknown; special characters of a password must be percent-encoded")
		case err != nil:
			return nil, badRedisURL("its option " + o.name + " is unknown, or has a value that it cannot have; options are those of go-redis")
		}
		pairs = append(pairs, pair)
	}
	options, err := redis.ParseURL(base + "?" + strings.Join(pairs, "&"))
	if err != nil {
		return nil, badRedisURL("go-redis does not understand it; look at its options")
	}
	options.DialTimeout = redisPatience
	options.ReadTimeout = redisPatience
	options.WriteTimeout = redisPatience
	options.PoolTimeout = redisPatience
	options.ContextTimeoutEnabled = true
	options.DialerRetries = 1
	options.MaxRetries = 1 // for a pooled connection that turns out to be dead
	options.DisableIdentity = true
	options.MaintNotificationsConfig = &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
	options.Dialer = explained(redis.NewDialer(options))
	return options, nil
}

// foreignRedisOption says what to write for an option that other clients have; "" for
// all others.
func foreignRedisOption(name string, secure bool) string {
	switch strings.ToLower(name) {
	case "family":
		return "its option family is of Node's client; leave it out: IPv4 and IPv6 are both tried"
	case "ssl_cert_reqs", "ssl_check_hostname", "verify_mode", "rejectunauthorized", "tls.rejectunauthorized", "verifypeer":
		return "its option " + name + " is of another client; leave it out, with --redis-insecure if any certificate is to be believed"
	case "ssl_ca_certs", "ssl_ca_path", "ssl_ca_data", "cafile", "tls_ca_cert":
		return "its option " + name + " is of another client; give the file to --redis-ca"
	case "ssl", "tls", "usetls", "usessl":
		return "its option " + name + " is of another client; write rediss:// for TLS"
	case "username", "password", "auth":
		return "its option " + name + " has to stand before the host, as redis://user:password@host"
	case "skip_verify":
		if !secure {
			return "its option skip_verify is for rediss://"
		}
	case "master", "master_name", "sentinel_username", "sentinel_password":
		return "its option " + name + " is for redis-sentinel://"
	}
	return ""
}

// apply has the options believe whom they should.
func (t Trust) apply(options *redis.Options) error {
	switch {
	case t == Trust{}:
		return nil
	case options.TLSConfig == nil:
		return badRedisURL("--redis-ca and --redis-insecure are for TLS, and it has none: write rediss:// instead of redis://")
	case t.Insecure:
		options.TLSConfig.InsecureSkipVerify = true //nolint:gosec // as was asked for
		return nil
	}
	pem, err := os.ReadFile(t.CAFile)
	if err != nil {
		return problem.Wrap(err, problem.Invalid, "--redis-ca cannot be read")
	}
	options.TLSConfig.RootCAs = x509.NewCertPool()
	if !options.TLSConfig.RootCAs.AppendCertsFromPEM(pem) {
		return problem.New(problem.Invalid, "--redis-ca: %s has no certificate in PEM in it", t.CAFile)
	}
	return nil
}

// client returns a client of the Redis. It does not connect yet.
func (p *redisPlace) client() *redis.Client {
	if p.master == "" {
		return redis.NewClient(p.options)
	}
	o := p.options
	return redis.NewFailoverClient(&redis.FailoverOptions{
		MasterName: p.master, SentinelAddrs: p.sentinels,
		SentinelUsername: p.sentinelUsername, SentinelPassword: p.sentinelPassword,
		Username: o.Username, Password: o.Password, DB: o.DB, Protocol: o.Protocol, ClientName: o.ClientName,
		DialTimeout: o.DialTimeout, ReadTimeout: o.ReadTimeout, WriteTimeout: o.WriteTimeout, PoolTimeout: o.PoolTimeout,
		ContextTimeoutEnabled: o.ContextTimeoutEnabled, DialerRetries: o.DialerRetries, MaxRetries: o.MaxRetries,
		PoolSize: o.PoolSize, MinIdleConns: o.MinIdleConns, MaxIdleConns: o.MaxIdleConns, MaxActiveConns: o.MaxActiveConns,
		ConnMaxIdleTime: o.ConnMaxIdleTime, ConnMaxLifetime: o.ConnMaxLifetime,
		TLSConfig: o.TLSConfig, Dialer: o.Dialer,
		DisableIdentity: o.DisableIdentity,
	})
}

type dialer func(ctx context.Context, network, address string) (net.Conn, error)

// explained adds to what goes wrong with TLS what to do about it.
func explained(dial dialer) dialer {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := dial(ctx, network, address)
		_, unknown := errors.AsType[x509.UnknownAuthorityError](err)
		_, other := errors.AsType[x509.HostnameError](err)
		_, plain := errors.AsType[tls.RecordHeaderError](err)
		switch {
		case unknown:
			err = fmt.Errorf("%w; name its authority by --redis-ca, or believe any by --redis-insecure", err)
		case other:
			err = fmt.Errorf("%w; write a host that the certificate names", err)
		case plain:
			err = fmt.Errorf("%w; write redis:// if it speaks no TLS", err)
		}
		return conn, err
	}
}

func badRedisURL(why string) error {
	return problem.New(problem.Invalid, "the Redis URL is of no use: %s. "+
		"It is redis://host:6379, redis://user:password@host:6379/0 or, with TLS, rediss://…, or redis-sentinel://host:26379/0?master=name", why)
}
