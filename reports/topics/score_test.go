package topics

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"strconv"
	"strings"
	"testing"
)

// labelled is a question and what a person says it is about.
type labelled struct {
	label string
	Text
}

// shop are questions to a shop, in English and Spanish, some of which nobody
// else asks.
func shop(t testing.TB) []labelled {
	f, err := os.Open("testdata/shop.tsv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var list []labelled
	for lines := bufio.NewScanner(f); lines.Scan(); {
		c := strings.Split(lines.Text(), "\t")
		if len(c) != 4 {
			t.Fatalf("testdata/shop.tsv: %q", c)
		}
		if c[0] != "id" {
			list = append(list, labelled{c[1], Text{Text: c[2], Language: c[3]}})
		}
	}
	return list
}

// grouped are the topics of the questions, in their order.
func grouped(list []labelled) []int {
	texts := make([]Text, len(list))
	for i, q := range list {
		texts[i] = q.Text
	}
	s, err := Group(context.Background(), texts)
	if err != nil {
		panic(err)
	}
	out := make([]int, len(list))
	for i := range out {
		q, _ := s.Question(strconv.Itoa(i))
		out[i] = q.Topic
	}
	return out
}

// score compares the topics of questions with their labels.
func score(list []labelled, topics []int) Score {
	labels := make([]string, len(list))
	for i, q := range list {
		labels[i] = q.label
	}
	return Compare(labels, topics)
}

// TestFloor holds what the grouper reaches on the repository's own questions,
// which were never used to choose its numbers. What it reaches elsewhere is in
// docs/topics.md.
func TestFloor(t *testing.T) {
	list := shop(t)
	got := score(list, grouped(list))
	if got.B3 < 0.73 || got.Rand < 0.60 {
		t.Errorf("B-cubed F1 %.3f, adjusted Rand index %.3f; want at least .73 and .60", got.B3, got.Rand)
	}
	t.Logf("B-cubed F1 %.3f, adjusted Rand index %.3f", got.B3, got.Rand)
}

func TestCompare(t *testing.T) {
	for _, tt := range []struct {
		labels   string
		groups   []int
		b3, rand string
	}{
		{"aabb", []int{1, 1, 2, 2}, "1.00", "1.00"},
		{"aabb", []int{1, 1, 1, 1}, "0.67", "0.00"},
		{"aabb", []int{1, 2, 3, 4}, "0.67", "0.00"},
		{"aabb", []int{1, 2, 1, 2}, "0.50", "-0.50"},
		{"aaab", []int{7, 7, 3, 3}, "0.71", "0.00"},
		{"abcd", []int{1, 2, 3, 4}, "1.00", "1.00"}, // nobody asks twice, and no topic says so
		{"aaaa", []int{1, 1, 1, 1}, "1.00", "1.00"},
		{"a", []int{1}, "1.00", "1.00"},
		{"", nil, "1.00", "1.00"},
	} {
		got := Compare(strings.Split(tt.labels, ""), tt.groups)
		if fmt.Sprintf("%.2f", got.B3) != tt.b3 || fmt.Sprintf("%.2f", got.Rand) != tt.rand {
			t.Errorf("Compare(%s, %v) = %.2f; want %s and %s", tt.labels, tt.groups, got, tt.b3, tt.rand)
		}
	}
}

// TestNoise asks the same with what must not decide a topic: greetings, case,
// missing accents, order numbers, names, addresses, emoji and typing errors.
func TestNoise(t *testing.T) {
	list := shop(t)
	plain := grouped(list)
	dressed := make([]labelled, len(list))
	for i, q := range list {
		s := q.Text.Text
		switch i % 6 {
		case 0:
			s = "Hi, this is Maria Lopez. " + s
		case 1:
			s = strings.ToUpper(s) + "!!! 😡"
		case 2:
			s = fold(s)
		case 3:
			s = "Order #A-48213: " + s + " https://shop.example/o/48213 me@example.com"
		case 4:
			s += " Thanks, John"
		case 5: // two letters change places in the longest word
			w := ""
			for _, f := range strings.Fields(s) {
				if len(f) > len(w) {
					w = f
				}
			}
			if r := []rune(w); len(r) > 6 {
				r[3], r[4] = r[4], r[3]
				s = strings.Replace(s, w, string(r), 1)
			}
		}
		dressed[i] = labelled{q.label, Text{Text: s}}
	}
	was, is := score(list, plain).B3, score(dressed, grouped(dressed)).B3
	if is < was-0.06 {
		t.Errorf("B-cubed F1 %.3f with noise, %.3f without; want nearly the same", is, was)
	}
	t.Logf("B-cubed F1 %.3f with noise, %.3f without", is, was)
}

// TestStockClauses puts before and after questions what no list foresaw.
func TestStockClauses(t *testing.T) {
	list := shop(t)
	was := score(list, grouped(list)).B3
	for name, dress := range map[string]func(i int, s string) string{
		"a web form": func(_ int, s string) string { return "Question from the widget in the shop: " + s },
		"several openings": func(i int, s string) string {
			return []string{"", "To our friends in the team, ", "My apologies; ", "", "Gente, "}[i%5] + s
		},
		"a signature":        func(_ int, s string) string { return s + ". Sent from my Quuxphone" },
		"a form, an opening": func(_ int, s string) string { return "Widget shop: To our friends in the team, " + s },
	} {
		dressed := make([]labelled, len(list))
		for i, q := range list {
			dressed[i] = labelled{q.label, Text{Text: dress(i, q.Text.Text), Language: q.Language}}
		}
		if is := score(dressed, grouped(dressed)).B3; is < was-0.1 {
			t.Errorf("%s: B-cubed F1 %.3f, %.3f without; want nearly the same", name, is, was)
		}
	}
}

// TestOtherScripts holds that what no stemmer knows is grouped too.
func TestOtherScripts(t *testing.T) {
	list := []labelled{
		{"refund", Text{Text: "返金はいつですか", Language: "ja"}},
		{"password", Text{Text: "パスワードを忘れました", Language: "ja"}},
		{"refund", Text{Text: "返金はいつされますか", Language: "ja"}},
		{"password", Text{Text: "パスワードを忘れた", Language: "ja"}},
		{"refund", Text{Text: "返金はいつになりますか", Language: ""}},
		{"ru", Text{Text: "где мой возврат", Language: "ru"}},
		{"ru", Text{Text: "когда придёт мой возврат", Language: ""}},
		{"ru", Text{Text: "мой возврат где", Language: ""}},
		{"el", Text{Text: "πού είναι το δέμα μου", Language: ""}},
		{"el", Text{Text: "το δέμα μου πού είναι", Language: ""}},
	}
	if b3 := score(list, grouped(list)).B3; b3 < 0.9 {
		t.Errorf("B-cubed F1 %.2f; want at least .9", b3)
	}
}

// BenchmarkGroup is the time to group a question, merges included, after a
// number of questions, and the memory that their topics take.
func BenchmarkGroup(b *testing.B) {
	const more = 1000
	for _, n := range []int{1000, 11000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			texts := invented(n + more)
			before := heap()
			s, err := Group(b.Context(), texts[:n])
			if err != nil {
				b.Fatal(err)
			}
			size, topics := heap()-before, s.Topics()
			data, err := s.Snapshot()
			if err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				b.StopTimer()
				s, err := OpenSnapshot(data)
				if err != nil {
					b.Fatal(err)
				}
				b.StartTimer()
				if err := s.group(b.Context(), n, texts); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N*more), "µs/question")
			b.ReportMetric(float64(size)/float64(topics), "bytes/topic")
			b.ReportMetric(float64(topics), "topics")
		})
	}
}

func heap() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// BenchmarkOpenSnapshot is the load of the state at the start of a process.
func BenchmarkOpenSnapshot(b *testing.B) {
	for _, n := range []int{1000, 11000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			s, err := Group(b.Context(), invented(n))
			if err != nil {
				b.Fatal(err)
			}
			data, err := s.Snapshot()
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				if _, err := OpenSnapshot(data); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(len(data)), "bytes")
		})
	}
}

// invented are questions about 400 subjects, of which few are asked often.
func invented(n int) []Text {
	rng := rand.New(rand.NewPCG(1, 2))
	syllables := strings.Fields("ba co di fen gor hul ist jam kel lor mun nip or pes qui ros sta tur ul ven wix yan zo cra ble dro fli gru plo tri")
	noun := func() string {
		return syllables[rng.IntN(len(syllables))] + syllables[rng.IntN(len(syllables))] + syllables[rng.IntN(len(syllables))]
	}
	subjects := make([]string, 400)
	for i := range subjects {
		subjects[i] = noun() + " " + noun()
	}
	common := rand.NewZipf(rng, 1.2, 4, uint64(len(subjects)-1))
	frames := strings.Split("my %s|where is the %s?|why the %s|can I get a %s|about %s", "|")
	texts := make([]Text, n)
	for i := range texts {
		texts[i].Text = fmt.Sprintf(frames[rng.IntN(len(frames))], subjects[common.Uint64()])
	}
	return texts
}
