// Package storetest is the contract of the store: what every backend does, and
// what the store does on each of them.
package storetest

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"sync"

	"agentreport/store"
)

// Memory is a backend that keeps exactly the promises of store.Backend and no
// others: single documents are atomic, batches are not. Its zero value is empty.
type Memory struct {
	mu   sync.Mutex
	docs map[string]map[string]store.Doc // by collection and id
}

func (m *Memory) collection(c *store.Collection) map[string]store.Doc {
	if m.docs == nil {
		m.docs = map[string]map[string]store.Doc{}
	}
	if m.docs[c.Name] == nil {
		m.docs[c.Name] = map[string]store.Doc{}
	}
	return m.docs[c.Name]
}

// Insert implements store.Backend.
func (m *Memory) Insert(_ context.Context, c *store.Collection, docs []store.Doc) ([]bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	have, inserted := m.collection(c), make([]bool, len(docs))
	for i, d := range docs {
		if _, ok := have[d.ID]; !ok {
			d.Version, inserted[i] = 1, true
			have[d.ID] = d
		}
	}
	return inserted, nil
}

// Get implements store.Backend.
func (m *Memory) Get(_ context.Context, c *store.Collection, ids []string) ([]store.Doc, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var docs []store.Doc
	for _, id := range slices.Compact(slices.Sorted(slices.Values(ids))) {
		if d, ok := m.collection(c)[id]; ok {
			docs = append(docs, d)
		}
	}
	return docs, nil
}

// Find implements store.Backend.
func (m *Memory) Find(_ context.Context, c *store.Collection, q store.Query) ([]store.Doc, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	type found struct {
		value string
		doc   store.Doc
	}
	var hits []found
	for _, id := range slices.Sorted(maps.Keys(m.collection(c))) {
		d := m.collection(c)[id]
		keys := d.Keys
		if q.Index == "" {
			keys = []store.Key{{Value: d.ID}}
		}
		for _, k := range keys {
			switch {
			case k.Index != q.Index:
			case q.In != nil && (!slices.Contains(q.In, k.Value) || d.ID <= q.After.ID && q.After.ID != ""):
			case q.In == nil && (k.Value < q.From || q.To != "" && k.Value >= q.To):
			case q.In == nil && q.After != (store.Cursor{}) && q.Index == "" && d.ID <= q.After.ID:
			case q.In == nil && q.After != (store.Cursor{}) && q.Index != "" && compareCursor(store.Cursor{Value: k.Value, ID: d.ID}, q.After) <= 0:
			default:
				hits = append(hits, found{k.Value, d})
			}
		}
	}
	if q.In == nil {
		slices.SortStableFunc(hits, func(a, b found) int { return strings.Compare(a.value, b.value) })
	}
	var docs []store.Doc
	for _, h := range hits {
		if q.Limit > 0 && len(docs) == q.Limit {
			break
		}
		if len(docs) == 0 || docs[len(docs)-1].ID != h.doc.ID {
			docs = append(docs, h.doc)
		}
	}
	return docs, nil
}

func compareCursor(a, b store.Cursor) int {
	if d := strings.Compare(a.Value, b.Value); d != 0 {
		return d
	}
	return strings.Compare(a.ID, b.ID)
}

// Swap implements store.Backend.
func (m *Memory) Swap(_ context.Context, c *store.Collection, docs []store.Doc) ([]bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	have, swapped := m.collection(c), make([]bool, len(docs))
	for i, d := range docs {
		if old, ok := have[d.ID]; ok && old.Version == d.Version {
			d.Version++
			have[d.ID], swapped[i] = d, true
		}
	}
	return swapped, nil
}

// Unset implements store.Backend.
func (m *Memory) Unset(_ context.Context, c *store.Collection, index string, docs []store.Doc) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	have := m.collection(c)
	for _, d := range docs {
		if old, ok := have[d.ID]; ok && old.Version == d.Version {
			old.Version++
			old.Keys = slices.DeleteFunc(slices.Clone(old.Keys), func(k store.Key) bool { return k.Index == index })
			var body map[string]json.RawMessage
			if err := json.Unmarshal(old.Body, &body); err != nil {
				return err
			}
			if _, ok := body[index]; ok {
				delete(body, index)
				var err error
				if old.Body, err = json.Marshal(body); err != nil {
					return err
				}
			}
			have[d.ID] = old
		}
	}
	return nil
}

// Touch implements store.Backend.
func (m *Memory) Touch(_ context.Context, c *store.Collection, ids []string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, id := range ids {
		d, ok := m.collection(c)[id]
		if !ok {
			d = store.Doc{ID: id, Body: []byte("{}")}
		}
		d.Version++
		m.collection(c)[id] = d
	}
	return nil
}

// Delete implements store.Backend.
func (m *Memory) Delete(_ context.Context, c *store.Collection, ids []string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, id := range ids {
		delete(m.collection(c), id)
	}
	return nil
}

// Atomically implements store.Backend.
func (m *Memory) Atomically(_ context.Context, f func(store.Backend) error) error { return f(m) }

// Atomic implements store.Backend.
func (m *Memory) Atomic() bool { return false }

// Scrub implements store.Backend.
func (m *Memory) Scrub(context.Context) error { return nil }

// Declare implements store.Backend.
func (m *Memory) Declare(context.Context, ...*store.Collection) error { return nil }

// Ping implements store.Backend.
func (m *Memory) Ping(context.Context) error { return nil }

// Close implements store.Backend.
func (m *Memory) Close() error { return nil }
