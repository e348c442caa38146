package sqlite_test

import (
	"bytes"
	"context"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"agentreport/store"
	"agentreport/store/sqlite"
	"agentreport/store/storetest"
)

func open(t *testing.T) store.Backend {
	t.Helper()
	b, err := sqlite.Open(context.Background(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
	return b
}

func TestBackend(t *testing.T) { storetest.TestBackend(t, open, "") }

func TestStore(t *testing.T) { storetest.TestStore(t, open) }

func TestRules(t *testing.T) { storetest.TestRules(t, open, 20) }

func TestSnapshotBesideErasure(t *testing.T) { storetest.TestSnapshotBesideErasure(t, open) }

func TestGrouping(t *testing.T) { storetest.TestGrouping(t, open, 5) }

func TestProtocol(t *testing.T) { storetest.TestProtocol(t, open, 20) }

// TestErasedTextIsNotOnDisk looks into the files themselves: what was deleted
// there must not linger in free pages or in the write-ahead log.
func TestErasedTextIsNotOnDisk(t *testing.T) {
	dir := t.TempDir()
	b, err := sqlite.Open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	s, err := store.Open(t.Context(), b, storetest.Rules)
	if err != nil {
		t.Fatal(err)
	}
	onDisk := func() int {
		n := 0
		files, err := filepath.Glob(filepath.Join(dir, "*"))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			raw, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			n += bytes.Count(raw, []byte(storetest.Secret)) + bytes.Count(raw, []byte("visitor-"))
		}
		return n
	}
	if _, err := s.Record(t.Context(), storetest.Events(rand.New(rand.NewPCG(1, 2)), 200)); err != nil {
		t.Fatal(err)
	}
	if onDisk() == 0 {
		t.Fatal("the text is not on disk before the erasure: this test would see nothing")
	}
	for _, v := range []string{"visitor-0", "visitor-1", "visitor-2", "visitor-3"} {
		if _, err := s.EraseVisitor(t.Context(), "", v); err != nil {
			t.Fatal(err)
		}
	}
	if n := onDisk(); n > 0 {
		t.Errorf("%d texts or visitors are still on disk", n)
	}
}
