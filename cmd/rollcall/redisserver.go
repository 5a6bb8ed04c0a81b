package main

import (
	"fmt"

	"github.com/rollcall/rollcall/actors/identity"
	"github.com/rollcall/rollcall/protos/problem"
)

// RedisServer says by which Redis nodes are told of changed users.
type RedisServer struct {
	RedisURL      string `group:"storage" env:"ROLLCALL_REDIS_URL,REDIS_URL" placeholder:"URL" help:"Redis that tells the nodes of changed users, as redis://:password@host:6379/0, rediss:// for TLS, or redis-sentinel://host:26379,host:26379/0?master=mymaster. Of a Redis Cluster one node is enough. Without it a single node tells the others itself and they look once a second; the local cluster hosts one of its own."`
	RedisURLFile  string `group:"storage" env:"ROLLCALL_REDIS_URL_FILE,REDIS_URL_FILE" placeholder:"FILE" help:"File that holds --redis-url, as /run/secrets/rollcall_redis_url."`
	RedisCA       string `group:"storage" name:"redis-ca" env:"ROLLCALL_REDIS_CA" placeholder:"FILE" help:"Authorities in PEM that vouch for the certificate of a rediss:// Redis, as /etc/rollcall/redis-ca.pem. [those that the system believes]"`
	RedisInsecure bool   `group:"storage" name:"redis-insecure" env:"ROLLCALL_REDIS_INSECURE" help:"Believe any certificate of a rediss:// Redis, whatever --redis-ca says, which encrypts and proves nothing; ?skip_verify=true in the URL means the same. [off]"`
}

// redisTrust says whose certificates are believed of Redis.
func (s *RedisServer) redisTrust() identity.Trust {
	return identity.Trust{CAFile: s.RedisCA, Insecure: s.RedisInsecure}
}

// check finds a URL of no use, and what belongs to another.
func (s *RedisServer) check() error {
	if err := fromFile("--redis-url", &s.RedisURL, s.RedisURLFile); err != nil {
		return err
	}
	if s.RedisURL == "" && s.redisTrust() != (identity.Trust{}) {
		return fmt.Errorf("--redis-ca and --redis-insecure are for a Redis behind TLS; name it by --redis-url, as rediss://:password@host:6379/0")
	}
	if s.RedisURL != "" {
		if err := identity.CheckRedisURL(s.RedisURL, s.redisTrust()); err != nil {
			return fmt.Errorf("--redis-url: %s", problem.MessageOf(err))
		}
	}
	return nil
}
