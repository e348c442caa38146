package sqlite_test

import (
	"compress/gzip"
	"flag"
	"io"
	"os"
	"path/filepath"
	"testing"

	"agentreport/store"
	"agentreport/store/sqlite"
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
		keep(t, filepath.Join("testdata", "earlier", *record+".db.gz"))
	}
	storetest.TestEarlierVersions(t, "testdata/earlier/*.db.gz", func(t *testing.T, file string) store.Backend {
		t.Parallel()
		dir := t.TempDir()
		unpack(t, file, filepath.Join(dir, sqlite.FileName))
		b, err := sqlite.Open(t.Context(), dir)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { b.Close() })
		return b
	})
}

func keep(t *testing.T, file string) {
	t.Helper()
	dir := t.TempDir()
	b, err := sqlite.Open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	s, err := store.Open(t.Context(), b, storetest.Rules)
	if err == nil {
		err = storetest.Fill(t.Context(), s)
	}
	if err == nil {
		err = b.Scrub(t.Context()) // one file, without a log beside it
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	body, err := os.ReadFile(filepath.Join(dir, sqlite.FileName))
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
	z := gzip.NewWriter(f)
	if _, err := z.Write(body); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
}

func unpack(t *testing.T, file, to string) {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(to, body, 0o600); err != nil {
		t.Fatal(err)
	}
}
