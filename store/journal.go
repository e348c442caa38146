package store

import (
	"bytes"
	"context"
	"fmt"

	"agentreport/reports/topics"
)

// replica is this process's view of the topics: a replay of the journal.
type replica struct {
	// turn is held by whoever reads or changes the state. Unlike a mutex, waiting
	// for it ends with the context: a person's form does not wait for an import.
	turn  chan struct{}
	state *topics.State // nil before the first use, and after a failure that left it in doubt
	// saved is the sequence number of the last snapshot that this process knows.
	saved int
}

func newReplica() *replica { return &replica{turn: make(chan struct{}, 1)} }

// acquire waits for the turn, or returns why the context ended.
func (r *replica) acquire(ctx context.Context) error {
	select {
	case r.turn <- struct{}{}:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("topics: busy: %w", context.Cause(ctx))
	}
}

func (r *replica) release() { <-r.turn }

// snapshotEvery is after how many entries a snapshot is written, so that a
// process need not replay more than that at its start.
const snapshotEvery = 2000

// snapshotPart bounds the size of a document of a snapshot.
const snapshotPart = 512 << 10

// maxSequence is beyond every sequence number.
const maxSequence = 999_999_999_999

func entryID(seq int) string { return fmt.Sprintf("%012d", seq) }

// ReadTopics calls f with the state of the topics as of now. The state must not
// be kept.
func (s *Store) ReadTopics(ctx context.Context, f func(*topics.State) error) error {
	if err := s.topics.acquire(ctx); err != nil {
		return err
	}
	defer s.topics.release()
	if err := s.catchUp(ctx, s.backend); err != nil {
		return err
	}
	return f(s.topics.state)
}

// Decide appends what a person decided to the journal. Make sees the topics as
// they are and is called again where somebody else was faster.
func (s *Store) Decide(ctx context.Context, make func(*topics.State) (topics.Entry, error)) error {
	if err := s.topics.acquire(ctx); err != nil {
		return err
	}
	defer s.topics.release()
	for {
		if err := s.catchUp(ctx, s.backend); err != nil {
			return err
		}
		e, err := make(s.topics.state)
		if err != nil {
			return err
		}
		e = s.topics.state.Completed(e)
		e.At = s.now().UTC()
		ok, err := s.append(ctx, s.backend, e, nil)
		if err != nil || ok {
			return err
		}
	}
}

// append writes the next entry and applies it; false where somebody else wrote
// an entry first. Said are the texts of questions that are known already.
func (s *Store) append(ctx context.Context, b Backend, e topics.Entry, said texts) (bool, error) {
	if said == nil {
		var err error
		if said, err = s.textsOf(ctx, b, []topics.Entry{e}); err != nil {
			return false, err
		}
	}
	// Checked before it is written: an entry that cannot be applied would stop
	// every process for good.
	if err := s.topics.state.Check(e); err != nil {
		return false, err
	}
	ok, err := b.Insert(ctx, journal, []Doc{entryDoc(entryID(s.topics.state.Applied()+1), &e)})
	if err != nil {
		s.topics.state = nil // it may have been written
		return false, fmt.Errorf("topics: %w", err)
	}
	if !ok[0] {
		return false, nil
	}
	return true, s.apply(e, said)
}

func (s *Store) apply(e topics.Entry, said texts) error {
	err := s.topics.state.Apply(e, said.of)
	if err != nil {
		s.topics.state = nil
	}
	return err
}

// catchUp applies the entries that others wrote since.
func (s *Store) catchUp(ctx context.Context, b Backend) error {
	r := s.topics
	if r.state == nil {
		if err := s.loadSnapshot(ctx, b); err != nil {
			return err
		}
	}
	// The state holds what is to be forgotten by an Erased entry that comes after
	// it: it is made anew then, from the texts that are left. Entries up to anew
	// were there when that began.
	anew := r.state.LastErased()
	for {
		docs, err := b.Find(ctx, journal, Query{From: entryID(r.state.Applied() + 1), Limit: projectAtOnce})
		if err != nil {
			return fmt.Errorf("topics: %w", err)
		}
		if len(docs) == 0 {
			return s.nameTopics(ctx, b)
		}
		if err := s.notRestoring(ctx, b); err != nil {
			return err
		}
		entries := make([]topics.Entry, len(docs))
		last := 0
		for i, d := range docs {
			seq := r.state.Applied() + 1 + i
			if d.ID != entryID(seq) {
				return fmt.Errorf("topics: the journal has no entry %s, but %s: restore the store from a backup", entryID(seq), d.ID)
			}
			if err := decode(journal, d, &entries[i]); err != nil {
				return err
			}
			if entries[i].Kind == topics.Erased {
				last = seq
			}
		}
		if last > anew {
			if err := s.dropSnapshots(ctx, b, last); err != nil {
				return err
			}
			r.state, r.saved, anew = topics.NewState(), 0, last
			continue
		}
		said, err := s.textsOf(ctx, b, entries)
		if err != nil {
			return err
		}
		for _, e := range entries {
			if err := s.apply(e, said); err != nil {
				return err
			}
		}
	}
}

// notRestoring refuses to read the journal before its texts are there.
func (s *Store) notRestoring(ctx context.Context, b Backend) error {
	docs, err := b.Get(ctx, settings, []string{restoringID})
	if err == nil && len(docs) > 0 {
		err = ErrRestoring
	}
	if err != nil {
		return fmt.Errorf("topics: %w", err)
	}
	return nil
}

// nameTopics looks up the texts after which topics are named and which the
// replay did not come by.
func (s *Store) nameTopics(ctx context.Context, b Backend) error {
	keys := s.topics.state.Unnamed()
	if len(keys) == 0 {
		return nil
	}
	said, err := s.textsByKey(ctx, b, keys)
	if err != nil {
		return err
	}
	s.topics.state.NameAfter(said.of)
	return nil
}

// texts are what was asked, by the key of the event.
type texts map[string]topics.Text

func (t texts) of(key string) topics.Text { return t[key] }

// textsOf reads the texts that entries are applied with.
func (s *Store) textsOf(ctx context.Context, b Backend, entries []topics.Entry) (texts, error) {
	var keys []string
	for _, e := range entries {
		switch {
		case e.Kind == topics.Asked && e.Question != nil:
			keys = append(keys, e.Question.Key)
		case e.Kind == topics.Moved:
			keys = append(keys, e.Questions...)
		}
	}
	return s.textsByKey(ctx, b, keys)
}

func (s *Store) textsByKey(ctx context.Context, b Backend, keys []string) (texts, error) {
	said := make(texts, len(keys))
	if len(keys) == 0 {
		return said, nil
	}
	docs, err := b.Get(ctx, events, unique(keys))
	if err != nil {
		return nil, fmt.Errorf("topics: %w", err)
	}
	for _, d := range docs {
		e, err := decodeEvent(d)
		if err != nil {
			return nil, err
		}
		said[d.ID] = textOf(&e)
	}
	return said, s.addMeanings(ctx, b, said)
}

func textOf(e *storedEvent) topics.Text {
	return topics.Text{Text: e.Event.Question, Language: e.Event.Language}
}

// snapshotDoc is one part of a snapshot. The first says how many there are, and
// is written last.
type snapshotDoc struct {
	Parts int    `json:"parts,omitzero"`
	Data  []byte `json:"data"`
}

func snapshotID(seq, part int) string { return fmt.Sprintf("%012d-%04d", seq, part) }

// loadSnapshot begins with the latest snapshot that is whole and that this
// version can read, else with an empty state.
func (s *Store) loadSnapshot(ctx context.Context, b Backend) error {
	docs, err := b.Find(ctx, snapshots, Query{})
	if err != nil {
		return fmt.Errorf("topics: %w", err)
	}
	for i := len(docs) - 1; i >= 0; i-- {
		var first snapshotDoc
		if err := decode(snapshots, docs[i], &first); err != nil {
			return err
		}
		if first.Parts == 0 || i+first.Parts > len(docs) {
			continue
		}
		var data bytes.Buffer
		for _, d := range docs[i : i+first.Parts] {
			var part snapshotDoc
			if err := decode(snapshots, d, &part); err != nil {
				return err
			}
			data.Write(part.Data)
		}
		state, err := topics.OpenSnapshot(data.Bytes())
		if err != nil {
			continue // of another version: the journal says the same, only slower
		}
		// One that is ahead of the journal belongs to another.
		upTo, err := b.Get(ctx, journal, []string{entryID(state.Applied())})
		if err != nil {
			return fmt.Errorf("topics: %w", err)
		}
		if len(upTo) > 0 {
			s.topics.state, s.topics.saved = state, state.Applied()
			return nil
		}
	}
	s.topics.state, s.topics.saved = topics.NewState(), 0
	return nil
}

// saveSnapshot writes a snapshot if there is much to replay without, and
// deletes those before the last.
func (s *Store) saveSnapshot(ctx context.Context, b Backend) error {
	r := s.topics
	seq := r.state.Applied()
	if seq < r.saved+snapshotEvery {
		return nil
	}
	data, err := r.state.Snapshot()
	if err != nil {
		return err
	}
	parts := (len(data) + snapshotPart - 1) / snapshotPart
	for i := parts - 1; i >= 0; i-- {
		doc := snapshotDoc{Data: data[i*snapshotPart : min((i+1)*snapshotPart, len(data))]}
		if i == 0 {
			doc.Parts = parts
		}
		if _, err := b.Insert(ctx, snapshots, []Doc{newDoc(snapshotID(seq, i), doc)}); err != nil {
			return fmt.Errorf("topics: %w", err)
		}
	}
	// An erasure that came meanwhile has deleted the snapshots that it saw.
	since, err := b.Find(ctx, journal, Query{From: entryID(seq + 1)})
	if err != nil {
		return fmt.Errorf("topics: %w", err)
	}
	before := r.saved
	for _, d := range since {
		var e topics.Entry
		if err := decode(journal, d, &e); err != nil {
			return err
		}
		if e.Kind == topics.Erased {
			before = seq + 1
		}
	}
	r.saved = seq
	return s.dropSnapshots(ctx, b, before)
}

// dropSnapshots deletes the snapshots before a sequence number.
func (s *Store) dropSnapshots(ctx context.Context, b Backend, before int) error {
	docs, err := b.Find(ctx, snapshots, Query{From: snapshotID(0, 0), To: snapshotID(before, 0)})
	if err != nil {
		return fmt.Errorf("topics: %w", err)
	}
	ids := make([]string, len(docs))
	for i, d := range docs {
		ids[i] = d.ID
	}
	return b.Delete(ctx, snapshots, ids)
}

// replay makes the topics anew from the whole journal, which decides: nothing
// is grouped again.
func (s *Store) replay(ctx context.Context) error {
	if err := s.topics.acquire(ctx); err != nil {
		return err
	}
	defer s.topics.release()
	if err := s.dropSnapshots(ctx, s.backend, maxSequence); err != nil {
		return err
	}
	s.topics.state = nil
	return s.catchUp(ctx, s.backend)
}
