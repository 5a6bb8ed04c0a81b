package identity

import (
	"errors"
	"io/fs"
	"net/url"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
)

// postgresConfig reads the URL of a PostgreSQL database. pgx passes the options that
// it does not know on to the server, which refuses whoever brings one that it does not
// know either. So those that other drivers have are told of here.
func postgresConfig(databaseURL string) (*pgx.ConnConfig, error) {
	u, wrong := parseServiceURL(databaseURL)
	if wrong != "" {
		return nil, badDatabaseURL(wrong)
	}
	for _, o := range u.options {
		if wrong := foreignOption(o); wrong != "" {
			return nil, badDatabaseURL(wrong)
		}
	}
	if strings.Contains(u.path, "/") {
		return nil, badDatabaseURL("behind its host stands more than the name of a database")
	}
	clean := u.scheme + "://" + u.login() + strings.Join(u.hosts, ",") + "/" + url.PathEscape(u.path) + u.query
	config, err := pgx.ParseConfig(clean)
	if file, ok := errors.AsType[*fs.PathError](err); ok {
		return nil, badDatabaseURL("it names a file that cannot be read: " + file.Error())
	}
	if err != nil { // not wrapped: it quotes the URL
		return nil, badDatabaseURL("PostgreSQL's driver does not understand its options, or the environment variables PG…")
	}
	return config, nil
}

// foreignOption says what to write for an option that PostgreSQL's own drivers do not
// have; "" for all others. It repeats no value that might be a secret.
func foreignOption(o option) string {
	const leaveOut = "leave it out"
	is := func(whose, instead string) string {
		if o.secret {
			return percentEncode
		}
		return "its option " + o.name + " is " + whose + "; " + instead
	}
	modes := []string{"disable", "allow", "prefer", "require", "verify-ca", "verify-full"}
	switch name := strings.ToLower(o.name); {
	case name == "sslmode" && o.value == "no-verify":
		return "sslmode=no-verify is of Node's driver; write sslmode=require, which in PostgreSQL's own drivers encrypts without looking at the certificate"
	case name == "sslmode" && !slices.Contains(modes, o.value):
		return "its option sslmode has to be one of " + strings.Join(modes, ", ")
	case name == "ssl" && o.value != "true":
		return is("not one of PostgreSQL's with that value", "write sslmode=require or sslmode=disable")
	case name == "schema" || o.name == "currentSchema":
		return is("of another driver", "write search_path instead")
	case strings.HasPrefix(name, "pool_") || name == "connection_limit" || name == "max_connections" || name == "poolsize":
		return is("of another driver's pool", leaveOut+": Rollcall has at most 10 connections")
	case name == "pgbouncer" || name == "statement_cache_size" || name == "preparethreshold" || name == "prepared_statements" || name == "prepared_statement_cache_size":
		return is("of another driver", leaveOut+": Rollcall works behind PgBouncer as it is")
	case name == "sslaccept" || name == "uselibpqcompat" || name == "sslidentity" || name == "sslfactory" || name == "rejectunauthorized":
		return is("of another driver", "write sslmode, with sslrootcert for a certificate of your own")
	case name == "socket_timeout" || name == "sockettimeout" || name == "logintimeout" || name == "command_timeout":
		return is("of another driver", "write connect_timeout, or statement_timeout in milliseconds")
	case name == "binary_parameters" || name == "disable_prepared_binary_result" || name == "async_fallback" || name == "driver" || name == "encoding" || name == "charset":
		return is("of another driver", leaveOut)
	}
	return ""
}
