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

// score is B-cubed F1 (Bagga and Baldwin, 1998) and the adjusted Rand index
// (Hubert and Arabie, 1985) of a grouping.
func score(list []labelled, topics []int) (b3, ari float64) {
	type cell struct {
		label string
		topic int
	}
	cells, labels, sizes := map[cell]float64{}, map[string]float64{}, map[int]float64{}
	for i, q := range list {
		cells[cell{q.label, topics[i]}]++
		labels[q.label]++
		sizes[topics[i]]++
	}
	n := float64(len(list))
	pairs := func(x float64) float64 { return x * (x - 1) / 2 }
	var precision, recall, both, ofLabels, ofTopics float64
	for c, x := range cells {
		precision += x * x / sizes[c.topic] / n
		recall += x * x / labels[c.label] / n
		both += pairs(x)
	}
	for _, x := range labels {
		ofLabels += pairs(x)
	}
	for _, x := range sizes {
		ofTopics += pairs(x)
	}
	chance := ofLabels * ofTopics / pairs(n)
	return 2 * precision * recall / (precision + recall), (both - chance) / ((ofLabels+ofTopics)/2 - chance)
}

// TestFloor holds what the grouper reaches on the repository's own questions,
// which were never used to choose its numbers. What it reaches elsewhere is in
// docs/topics.md.
func TestFloor(t *testing.T) {
	list := shop(t)
	b3, ari := score(list, grouped(list))
	if b3 < 0.73 || ari < 0.60 {
		t.Errorf("B-cubed F1 %.3f, adjusted Rand index %.3f; want at least .73 and .60", b3, ari)
	}
	t.Logf("B-cubed F1 %.3f, adjusted Rand index %.3f", b3, ari)
}

func TestScore(t *testing.T) {
	list := []labelled{{label: "a"}, {label: "a"}, {label: "b"}, {label: "b"}}
	for _, tt := range []struct {
		topics  []int
		b3, ari string
	}{
		{[]int{1, 1, 2, 2}, "1.00", "1.00"},
		{[]int{1, 1, 1, 1}, "0.67", "0.00"},
		{[]int{1, 2, 3, 4}, "0.67", "0.00"},
		{[]int{1, 2, 1, 2}, "0.50", "-0.50"},
	} {
		b3, ari := score(list, tt.topics)
		if fmt.Sprintf("%.2f", b3) != tt.b3 || fmt.Sprintf("%.2f", ari) != tt.ari {
			t.Errorf("score(%v) = %.2f, %.2f; want %s, %s", tt.topics, b3, ari, tt.b3, tt.ari)
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
	was, _ := score(list, plain)
	is, _ := score(dressed, grouped(dressed))
	if is < was-0.06 {
		t.Errorf("B-cubed F1 %.3f with noise, %.3f without; want nearly the same", is, was)
	}
	t.Logf("B-cubed F1 %.3f with noise, %.3f without", is, was)
}

// TestStockClauses puts before and after questions what no list foresaw.
func TestStockClauses(t *testing.T) {
	list := shop(t)
	was, _ := score(list, grouped(list))
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
		if is, _ := score(dressed, grouped(dressed)); is < was-0.1 {
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
	if b3, _ := score(list, grouped(list)); b3 < 0.9 {
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
