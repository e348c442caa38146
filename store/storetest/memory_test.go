package storetest_test

import (
	"testing"

	"agentreport/store"
	"agentreport/store/storetest"
)

func open(*testing.T) store.Backend { return &storetest.Memory{} }

func TestBackend(t *testing.T) { storetest.TestBackend(t, open, "") }

func TestStore(t *testing.T) { storetest.TestStore(t, open) }

func TestRules(t *testing.T) { storetest.TestRules(t, open, 500) }

func TestSnapshotBesideErasure(t *testing.T) { storetest.TestSnapshotBesideErasure(t, open) }

func TestProtocol(t *testing.T) { storetest.TestProtocol(t, open, 1000) }

func TestGrouping(t *testing.T) { storetest.TestGrouping(t, open, 300) }
