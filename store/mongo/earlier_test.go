package mongo_test

import (
	"flag"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	driver "go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"agentreport/store"
	"agentreport/store/mongo"
	"agentreport/store/mongo/mongotest"
	"agentreport/store/storetest"
)

// record keeps a store of this version for the tests of later ones; do it with
// each change of the schema or of the fold:
//
//	go test ./store/sqlite ./store/mongo -run Earlier -record v4
var record = flag.String("record", "", "name under which a store of this version is kept in testdata/earlier")

// TestEarlierVersions opens a store of each schema that the program ever had.
func TestEarlierVersions(t *testing.T) {
	if *record != "" {
		keep(t, filepath.Join("testdata", "earlier", *record+".ndjson.gz"))
	}
	storetest.TestEarlierVersions(t, "testdata/earlier/*.ndjson.gz", func(t *testing.T, file string) store.Backend {
		uri := mongotest.URI(t)
		f, err := os.Open(file)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if err := mongotest.Load(t.Context(), database(t, uri), f); err != nil {
			t.Fatal(err)
		}
		b, err := mongo.Open(t.Context(), uri)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { b.Close() })
		return b
	})
}

func database(t *testing.T, uri string) *driver.Database {
	t.Helper()
	client, err := driver.Connect(options.Client().ApplyURI(uri))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := client.Disconnect(t.Context()); err != nil && t.Context().Err() == nil {
			t.Error(err)
		}
	})
	u, err := url.Parse(uri)
	if err != nil {
		t.Fatal(err)
	}
	return client.Database(strings.TrimPrefix(u.Path, "/"))
}

func keep(t *testing.T, file string) {
	t.Helper()
	uri := mongotest.URI(t)
	b, err := mongo.Open(t.Context(), uri)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	s, err := store.Open(t.Context(), b, storetest.Rules)
	if err == nil {
		err = storetest.Fill(t.Context(), s)
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	f, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := mongotest.Dump(t.Context(), database(t, uri), f); err != nil {
		t.Fatal(err)
	}
}
