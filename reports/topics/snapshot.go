package topics

import (
	"bytes"
	"compress/gzip"
	"encoding/gob"
	"fmt"
	"io"
	"maps"
	"slices"
	"time"
)

// snapshotVersion is raised whenever the format, the features or the tuning
// change: an older snapshot is not read then, and the journal is replayed.
const snapshotVersion = 2

// snapshot is a State as it is stored.
type snapshot struct {
	Version   int
	Applied   int
	Erased    int
	Gone      []string
	Done      []string
	Topics    []topicSnapshot
	Questions []questionSnapshot
	Features  []feature
	Apart     [][2]int
	Clauses   []feature
	Counts    []int32 // of Clauses
	All       float64
	Within    float64
	Size      float64
	Pairs     float64
}

type topicSnapshot struct {
	Name, Like, Source string
	Named              bool
	Until              time.Time
	Into               int
	Size               float64
	Closed             bool
	Places             []int32 // in Features
	Weights            []float32
}

type questionSnapshot struct {
	Key, Conversation, Channel string
	Asked                      int64 // milliseconds
	Topic                      int
	Status                     Status
	Since                      Since
	Stripped, Counted          bool
	AskedBy, SettledBy         int // sequence numbers
	Inferred                   bool
}

// Snapshot writes the state, so that a replay can begin there. It can be taken
// when Settle has nothing to say.
func (s *State) Snapshot() ([]byte, error) {
	if s.touched != nil {
		return nil, fmt.Errorf("topics: a merge is not decided yet")
	}
	g := s.grouper
	snap := snapshot{
		Version: snapshotVersion, Applied: s.applied, Erased: s.erased, Gone: slices.Sorted(maps.Keys(s.gone)), Done: slices.Sorted(maps.Keys(s.done)),
		Features: make([]feature, len(g.postings)), All: g.all, Within: g.within, Size: g.size, Pairs: g.pairs,
	}
	for f, p := range g.index {
		snap.Features[p] = f
	}
	for p := range g.apart {
		snap.Apart = append(snap.Apart, p)
	}
	slices.SortFunc(snap.Apart, func(a, b [2]int) int { return slices.Compare(a[:], b[:]) })
	for c := range g.clauses {
		snap.Clauses = append(snap.Clauses, c)
	}
	slices.Sort(snap.Clauses)
	for _, c := range snap.Clauses {
		snap.Counts = append(snap.Counts, g.clauses[c])
	}
	for i, t := range s.topics {
		c := &g.centroid[i]
		ts := topicSnapshot{
			Name: t.Name, Like: t.like, Source: t.Source, Named: t.Named, Until: t.Until, Into: t.into,
			Size: c.size, Closed: c.closed, Places: c.features,
		}
		for _, p := range c.features {
			ts.Weights = append(ts.Weights, float32(g.weightOf(p, int32(i))))
		}
		snap.Topics = append(snap.Topics, ts)
	}
	for _, q := range s.order {
		snap.Questions = append(snap.Questions, questionSnapshot{q.Key, q.Conversation, q.Channel, q.Asked.UnixMilli(), q.Topic, q.Status, q.Since, q.stripped, q.counted, q.asked, q.settled, q.Inferred})
	}
	var buf bytes.Buffer
	zip, err := gzip.NewWriterLevel(&buf, gzip.BestSpeed)
	if err != nil {
		return nil, err
	}
	if err := gob.NewEncoder(zip).Encode(&snap); err != nil {
		return nil, err
	}
	if err := zip.Close(); err != nil {
		return nil, err
	}
	return buf.Bytes(), nil
}

// OpenSnapshot reads what Snapshot wrote.
func OpenSnapshot(data []byte) (*State, error) {
	zip, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("snapshot of topics: %w", err)
	}
	plain, err := io.ReadAll(zip)
	if err != nil {
		return nil, fmt.Errorf("snapshot of topics: %w", err)
	}
	var snap snapshot
	if err := gob.NewDecoder(bytes.NewReader(plain)).Decode(&snap); err != nil {
		return nil, fmt.Errorf("snapshot of topics: %w", err)
	}
	if snap.Version != snapshotVersion {
		return nil, fmt.Errorf("snapshot of topics: version %d, not %d", snap.Version, snapshotVersion)
	}
	return snap.state()
}

func (snap *snapshot) state() (*State, error) {
	s := NewState()
	s.applied, s.erased = snap.Applied, snap.Erased
	for _, key := range snap.Gone {
		s.gone[key] = true
	}
	for _, id := range snap.Done {
		s.done[id] = true
	}
	g := s.grouper
	g.all, g.within, g.size, g.pairs = snap.All, snap.Within, snap.Size, snap.Pairs
	g.postings = make([][]posting, len(snap.Features))
	for p, f := range snap.Features {
		g.index[f] = int32(p)
	}
	if len(snap.Clauses) != len(snap.Counts) {
		return nil, fmt.Errorf("snapshot of topics: the clauses are damaged")
	}
	for i, c := range snap.Clauses {
		g.clauses[c] = snap.Counts[i]
	}
	n := len(snap.Topics)
	for i, ts := range snap.Topics {
		if ts.Into < 1 || ts.Into > i+1 || len(ts.Places) != len(ts.Weights) {
			return nil, fmt.Errorf("snapshot of topics: topic %d is damaged", i+1)
		}
		for j, p := range ts.Places {
			if p < 0 || int(p) >= len(g.postings) {
				return nil, fmt.Errorf("snapshot of topics: topic %d is damaged", i+1)
			}
			g.postings[p] = append(g.postings[p], posting{int32(i), float64(ts.Weights[j])})
		}
		g.centroid = append(g.centroid, centroid{size: ts.Size, features: ts.Places, into: ts.Into - 1, closed: ts.Closed, named: ts.Named})
		if ts.Into == i+1 {
			g.alive++
		}
		s.topics = append(s.topics, &Topic{
			Number: i + 1, Name: ts.Name, like: ts.Like, Source: ts.Source, Named: ts.Named, Until: ts.Until, into: ts.Into,
		})
		if ts.Source != "" {
			s.given[normal(ts.Source)] = s.resolve(i + 1)
		}
	}
	for _, p := range snap.Apart {
		if p[0] < 0 || p[0] >= n || p[1] < 0 || p[1] >= n {
			return nil, fmt.Errorf("snapshot of topics: topics %v are damaged", p)
		}
		g.setApart(p[0], p[1])
	}
	for _, qs := range snap.Questions {
		if qs.Topic < 1 || qs.Topic > n {
			return nil, fmt.Errorf("snapshot of topics: question %s is damaged", qs.Key)
		}
		q := &Question{
			Key: qs.Key, Conversation: qs.Conversation, Channel: qs.Channel, Asked: time.UnixMilli(qs.Asked).UTC(),
			Topic: s.resolve(qs.Topic), Status: qs.Status, Since: qs.Since, stripped: qs.Stripped, counted: qs.Counted, asked: qs.AskedBy, settled: qs.SettledBy, Inferred: qs.Inferred,
		}
		s.remember(q)
		t := s.topic(q.Topic)
		t.questions = append(t.questions, q)
	}
	return s, nil
}
