package mongo_test

import (
	"context"
	"testing"

	"agentreport/store"
	"agentreport/store/mongo"
	"agentreport/store/mongo/mongotest"
	"agentreport/store/storetest"
)

func open(t *testing.T) store.Backend {
	t.Helper()
	b, err := mongo.Open(context.Background(), mongotest.URI(t))
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

func TestBackend(t *testing.T) { storetest.TestBackend(t, open, mongotest.NotConcurrent()) }

func TestStore(t *testing.T) { storetest.TestStore(t, open) }
