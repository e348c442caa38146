package sqlite_test

import (
	"context"
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

func TestProtocol(t *testing.T) { storetest.TestProtocol(t, open, 20) }
