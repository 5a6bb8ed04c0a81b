//go:build unix

package postgrestest

import "testing"

func TestDatabasesAreApart(t *testing.T) {
	server := Start(t)
	one, other := server.NewDatabase(t), server.NewDatabase(t)
	for _, database := range []string{one, other} {
		if err := execute(database, "CREATE TABLE mark (id int)"); err != nil {
			t.Fatal(err)
		}
	}
}
