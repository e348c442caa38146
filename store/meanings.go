package store

import (
	"context"
	"fmt"
	"sync"
	"time"

	"agentreport/reports"
)

// Embedder is a language model that turns texts into vectors of length 1.
type Embedder interface {
	Embed(ctx context.Context, texts []string) ([][]float32, error)
	Model() string
}

// Understanding says how it goes with the language model.
type Understanding struct {
	Embedded int64 // questions whose meaning was found by this process
	Without  int64 // questions grouped by their words alone, because it failed
	Err      error // the last failure; nil where the last attempt went well
}

const (
	// embedAtOnce is how many texts are sent in a request.
	embedAtOnce = 100
	// embedPause is how long nothing is asked after a failure, so that an
	// endpoint that is down does not hold up every question.
	embedPause = time.Minute
)

// meaningDoc is what a language model makes of a question: a number a byte,
// from −1 to 1. It goes when the question's text goes.
type meaningDoc struct {
	Model  string  `json:"model"`
	Vector []byte  `json:"vector"`
	Scale  float64 `json:"scale"` // what 127 stands for
}

// understanding is what this process knows of the language model.
type understanding struct {
	mu    sync.Mutex
	model Embedder
	seen  Understanding
	until time.Time // when it is asked again
}

// UseEmbedder lets a language model help to group questions. It is called
// before anything is grouped. Where the model fails or is slow, questions are
// grouped by their words alone.
func (s *Store) UseEmbedder(e Embedder) { s.meaning.model = e }

// Understanding says how it goes with the language model.
func (s *Store) Understanding() Understanding {
	s.meaning.mu.Lock()
	defer s.meaning.mu.Unlock()
	return s.meaning.seen
}

// understand asks the model about the questions of conversations that it has
// not seen yet. A model that fails is no error.
func (s *Store) understand(ctx context.Context, docs []Doc) error {
	u := s.meaning
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.model == nil {
		return nil
	}
	keys := make([]string, len(docs))
	for i, d := range docs {
		keys[i] = d.ID
	}
	found, err := s.backend.Find(ctx, events, Query{Index: "conversation", In: keys})
	if err != nil {
		return fmt.Errorf("questions: %w", err)
	}
	var ids, texts []string
	for _, d := range found {
		e, err := decodeEvent(d)
		if err != nil {
			return err
		}
		if e.Event.Type == reports.Unanswered && e.Event.Question != "" && e.Event.Topic == "" {
			ids, texts = append(ids, d.ID), append(texts, reports.Mask(reports.Clean(e.Event.Question)))
		}
	}
	known, err := s.backend.Get(ctx, meanings, unique(ids))
	if err != nil {
		return fmt.Errorf("questions: %w", err)
	}
	var newIDs, newTexts []string
	for i, id := range ids {
		if _, ok := find(known, id); !ok {
			newIDs, newTexts = append(newIDs, id), append(newTexts, texts[i])
		}
	}
	for len(newIDs) > 0 {
		n := min(len(newIDs), embedAtOnce)
		if s.now().Before(u.until) {
			u.seen.Without += int64(len(newIDs))
			return nil
		}
		vectors, err := u.model.Embed(ctx, newTexts[:n])
		if u.seen.Err = err; err != nil {
			u.until = s.now().Add(embedPause)
			continue
		}
		docs := make([]Doc, n)
		for i, v := range vectors {
			docs[i] = newDoc(newIDs[i], packMeaning(u.model.Model(), v))
		}
		if _, err := s.backend.Insert(ctx, meanings, docs); err != nil {
			return fmt.Errorf("questions: %w", err)
		}
		u.seen.Embedded += int64(n)
		newIDs, newTexts = newIDs[n:], newTexts[n:]
	}
	return nil
}

func packMeaning(model string, v []float32) meaningDoc {
	scale := float32(0)
	for _, x := range v {
		scale = max(scale, x, -x)
	}
	d := meaningDoc{Model: model, Vector: make([]byte, len(v)), Scale: float64(scale)}
	for i, x := range v {
		d.Vector[i] = byte(int8(127 * x / scale))
	}
	return d
}

func (d *meaningDoc) unpack() []float32 {
	v := make([]float32, len(d.Vector))
	for i, x := range d.Vector {
		v[i] = float32(int8(x)) / 127 * float32(d.Scale)
	}
	return v
}

// addMeanings adds what is stored of the meaning of texts. Whoever replays the
// journal adds the same.
func (s *Store) addMeanings(ctx context.Context, b Backend, said texts) error {
	keys := make([]string, 0, len(said))
	for key := range said {
		keys = append(keys, key)
	}
	docs, err := b.Get(ctx, meanings, unique(keys))
	if err != nil {
		return fmt.Errorf("questions: %w", err)
	}
	for _, doc := range docs {
		var d meaningDoc
		if err := decode(meanings, doc, &d); err != nil {
			return err
		}
		t := said[doc.ID]
		t.Meaning, t.Model = d.unpack(), d.Model
		said[doc.ID] = t
	}
	return nil
}
