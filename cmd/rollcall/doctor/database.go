package doctor

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/rollcall/rollcall/actors/identity"
	"github.com/rollcall/rollcall/protos/problem"
)

// database looks whether the user store is ours, has the present schema, and takes changes.
func (n Node) database(ctx context.Context) []Finding {
	name := identity.NameOf(n.DatabaseURL)
	if file := identity.MissingFile(n.DatabaseURL); file != "" {
		if n.OwnDatabase {
			return []Finding{ok("the file %s is not there yet; the node makes it", file)}
		}
		return []Finding{wrong("correct --database-url, or run rollcall db migrate", "there is no file %s", file)}
	}
	store, err := identity.Open(ctx, n.DatabaseURL, n.Log)
	if err != nil {
		return []Finding{wrong("", "%v", err)}
	}
	defer store.Close()
	if err := store.Migrator().Recognise(ctx); problem.CodeOf(err) == problem.Invalid {
		return []Finding{wrong("", "%s", problem.MessageOf(err))}
	}
	if err := store.Check(ctx); err != nil {
		return []Finding{n.unfit(err)}
	}
	asked := time.Now()
	clock, err := store.Try(ctx)
	if err != nil {
		return []Finding{wrong("", "%s can be read; %v", name, err)}
	}
	found := []Finding{ok("%s has the schema of this program, and takes changes", name)}
	if !clock.IsZero() {
		found = append(found, judgeClock(clock.Sub(asked), time.Second).of("clock of the database"))
	}
	if users, err := store.Page(ctx, "", 1); err == nil && len(users) == 0 && !n.AnyUser {
		found = append(found, warning("run rollcall users add or users import, or for a demo rollcall db seed", "there are none, so nobody can connect").of("users"))
	}
	return found
}

// unfit judges why the store does not do; a file of its own a node migrates by itself.
func (n Node) unfit(err error) Finding {
	if unfit, is := errors.AsType[*identity.Unfit](err); is && unfit.Fault == identity.Unmigrated && n.OwnDatabase {
		return ok("%s is not migrated yet; the node does so", identity.NameOf(n.DatabaseURL))
	}
	if _, is := errors.AsType[*identity.Unfit](err); !is {
		return wrong("start it, or correct --database-url", "%s", strings.Join(strings.Fields(err.Error()), " "))
	}
	return wrong("", "%v", err)
}
