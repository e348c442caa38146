package sqlite_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"agentreport/reports"
	"agentreport/reports/topics"
	"agentreport/store"
	"agentreport/store/sqlite"
	"agentreport/store/storetest"
)

// BenchmarkTopicsPage is a page of the table of gaps, and a page of a topic's
// questions, among 50,000 open questions about 1,500 things; and how long
// a process takes to its first page, and a question to its topic.
func BenchmarkTopicsPage(b *testing.B) {
	ctx := b.Context()
	dir := b.TempDir()
	backend, err := sqlite.Open(ctx, dir)
	if err != nil {
		b.Fatal(err)
	}
	defer backend.Close()
	s, err := store.Open(ctx, backend, storetest.Rules)
	if err != nil {
		b.Fatal(err)
	}
	const n = 50_000
	rng := rand.New(rand.NewPCG(1, 2))
	syllables := []string{"ba", "co", "di", "fen", "gor", "hul", "ist", "jam", "kel", "lor", "mun", "nip", "or", "pes", "qui", "ros", "sta", "tur", "ul", "ven"}
	subjects := make([]string, 1500)
	for i := range subjects {
		for j := range 6 {
			if j == 3 {
				subjects[i] += " "
			}
			subjects[i] += syllables[rng.IntN(len(syllables))]
		}
	}
	common := rand.NewZipf(rng, 1.1, 10, uint64(len(subjects)-1))
	frames := []string{"my %s", "where is the %s?", "why the %s", "can I get a %s", "about %s"}
	batch := make([]reports.Event, 0, 10_000)
	for i := range n {
		batch = append(batch, reports.Event{
			ID: fmt.Sprint(i), Source: "shop", Conversation: fmt.Sprint(i / 2), Type: reports.Unanswered,
			At: storetest.Start.Add(time.Duration(i) * time.Minute), Channel: []string{"chat", "email", "phone"}[i/2%3],
			Question: fmt.Sprintf(frames[rng.IntN(len(frames))], subjects[common.Uint64()]), URL: "https://desk.example.com/" + fmt.Sprint(i),
		})
		if len(batch) == cap(batch) {
			if _, err := s.Record(ctx, batch); err != nil {
				b.Fatal(err)
			}
			batch = batch[:0]
		}
	}
	start := time.Now()
	if _, err := s.Group(ctx, nil); err != nil {
		b.Fatal(err)
	}
	perQuestion := time.Since(start) / n
	_, total, err := s.Topics(ctx, topics.Filter{Limit: 1})
	if err != nil {
		b.Fatal(err)
	}

	page := func(f topics.Filter) func(*testing.B) {
		return func(b *testing.B) {
			for b.Loop() {
				if list, _, err := s.Topics(ctx, f); err != nil || len(list) == 0 {
					b.Fatal(list, err)
				}
			}
			b.ReportMetric(float64(total), "topics")
		}
	}
	b.Run("by conversations", page(topics.Filter{Limit: 10}))
	b.Run("by date, page 41", page(topics.Filter{Limit: 10, Offset: 400, Order: topics.ByDate}))
	b.Run("one channel", page(topics.Filter{Limit: 10, Channel: "email"}))
	b.Run("questions", func(b *testing.B) {
		list, _, err := s.Topics(ctx, topics.Filter{Limit: 1})
		if err != nil {
			b.Fatal(err)
		}
		for b.Loop() {
			if _, _, err := s.Questions(ctx, list[0].Topic, topics.StatusOpen, 20, 10); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("first page of a process", func(b *testing.B) {
		for b.Loop() {
			again, err := store.Open(ctx, backend, storetest.Rules)
			if err != nil {
				b.Fatal(err)
			}
			if _, _, err := again.Topics(ctx, topics.Filter{Limit: 10}); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(perQuestion.Microseconds()), "µs/grouped-question")
	})
}
