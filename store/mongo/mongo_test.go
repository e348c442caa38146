package mongo_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

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

func TestRules(t *testing.T) { storetest.TestRules(t, open, 2) }

// TestServerGoesAwayAndComesBack kills the server and starts it again: the same
// store says so meanwhile, goes on by itself, and has lost nothing.
func TestServerGoesAwayAndComesBack(t *testing.T) {
	server := mongotest.Start(t)
	b, err := mongo.Open(t.Context(), server.URI+"away?serverSelectionTimeoutMS=300")
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	s, err := store.Open(t.Context(), b, storetest.Rules)
	if err != nil {
		t.Fatal(err)
	}
	list := storetest.Events(rand.New(rand.NewPCG(1, 2)), 6)
	half := len(list) / 2
	if _, err := s.Record(t.Context(), list[:half]); err != nil {
		t.Fatal(err)
	}
	server.Stop()
	if _, err := s.Record(t.Context(), list[half:]); !errors.Is(err, store.ErrAway) {
		t.Fatalf("Record while the server is away = %v; want that it is away", err)
	}
	if err := s.Ping(t.Context()); !errors.Is(err, store.ErrAway) {
		t.Errorf("Ping while the server is away = %v; want that it is away", err)
	}
	server.Restart(t)
	// The driver looks for the server by itself; each Ping waits for it a while.
	for deadline := time.Now().Add(30 * time.Second); s.Ping(t.Context()) != nil; {
		if time.Now().After(deadline) {
			t.Fatal("the server is back and the store does not find it")
		}
	}
	rec, err := s.Record(t.Context(), list)
	if err != nil || rec.Accepted != len(list)-half || rec.Duplicates != half {
		t.Fatalf("Record when it is back = %+v, %v; want the rest, and the first half as duplicates", rec, err)
	}
	v, err := s.Verify(t.Context(), storetest.Now, nil)
	if err != nil || len(v.Differences) > 0 || v.Events != len(list) {
		t.Errorf("Verify = %+v, %v; want every event and no difference", v, err)
	}
}

func TestErrorsHideThePassword(t *testing.T) {
	for _, uri := range []string{"mongodb://user:hunter2@127.0.0.1:1/x?serverSelectionTimeoutMS=50", "mongodb://user:hunter2@:bad", "user:hunter2@host"} {
		if _, err := mongo.Open(t.Context(), uri); err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("Open(%s) = %v; want an error without the password", uri, err)
		}
	}
}
