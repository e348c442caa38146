package storetest

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"agentreport/store"
)

// Open gives a test a backend of its own, closed when the test ends.
type Open func(t *testing.T) store.Backend

func collection(name string) *store.Collection {
	i := slices.IndexFunc(store.Collections, func(c *store.Collection) bool { return c.Name == name })
	return store.Collections[i]
}

// conversations has an index of each kind.
var conversations = collection("conversations")

func doc(id, body string, keys ...string) store.Doc {
	d := store.Doc{ID: id, Body: []byte(body)}
	for i := 0; i < len(keys); i += 2 {
		d.Keys = append(d.Keys, store.Key{Index: keys[i], Value: keys[i+1]})
	}
	return d
}

func at(d store.Doc, version int64) store.Doc {
	d.Version = version
	return d
}

// lines is what a test compares: id, version and body.
func lines(docs []store.Doc) []string {
	var out []string
	for _, d := range docs {
		out = append(out, fmt.Sprintf("%s v%d %s", d.ID, d.Version, d.Body))
	}
	return out
}

// TestBackend checks what store.Backend promises. Where concurrent is not
// empty it says why the promises between connections are not checked.
func TestBackend(t *testing.T, opened Open, notConcurrent string) {
	ctx := context.Background()
	open := func(t *testing.T) store.Backend {
		t.Helper()
		b := opened(t)
		for range 2 { // the second time there is nothing to do
			if err := b.Declare(ctx, store.Collections...); err != nil {
				t.Fatal(err)
			}
		}
		return b
	}
	want := func(t *testing.T, got []store.Doc, err error, want ...string) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(want, lines(got)); d != "" {
			t.Errorf("documents (-want +got):\n%s", d)
		}
	}

	t.Run("insert and get", func(t *testing.T) {
		b := open(t)
		ok, err := b.Insert(ctx, conversations, []store.Doc{doc("b", `{"n":1}`), doc("a", `{"n":2}`), doc("b", `{"n":3}`)})
		if err != nil || !slices.Equal(ok, []bool{true, true, false}) {
			t.Fatalf("Insert = %v, %v; want the first of each id", ok, err)
		}
		ok, err = b.Insert(ctx, conversations, []store.Doc{doc("a", `{"n":4}`), doc("c", `{"n":5}`)})
		if err != nil || !slices.Equal(ok, []bool{false, true}) {
			t.Fatalf("Insert = %v, %v; want [false true]", ok, err)
		}
		got, err := b.Get(ctx, conversations, []string{"c", "a", "none", "b", "a"})
		want(t, got, err, `a v1 {"n":2}`, `b v1 {"n":1}`, `c v1 {"n":5}`)
		got, err = b.Get(ctx, conversations, nil)
		want(t, got, err)
		if ok, err := b.Insert(ctx, conversations, nil); err != nil || len(ok) != 0 {
			t.Errorf("Insert(none) = %v, %v", ok, err)
		}
	})

	t.Run("bodies come back as they were", func(t *testing.T) {
		b := open(t)
		body := `{"text":"ñ € 🙂 \u0001 \" \\","big":9007199254740993,"small":-1,"half":0.5,"yes":true,"none":null,"list":[1,{"a":[]}],"at":"2025-09-22T10:00:00.123Z"}`
		if _, err := b.Insert(ctx, conversations, []store.Doc{doc("x/%2F ñ", body)}); err != nil {
			t.Fatal(err)
		}
		got, err := b.Get(ctx, conversations, []string{"x/%2F ñ"})
		want(t, got, err, "x/%2F ñ v1 "+body)
	})

	t.Run("find", func(t *testing.T) {
		b := open(t)
		_, err := b.Insert(ctx, conversations, []store.Doc{
			doc("1", `{}`, "day", "2025-01-01", "day", "2025-01-02", "strippable", "b"),
			doc("2", `{}`, "day", "2025-01-02", "visitor", "v", "strippable", "a"),
			doc("3", `{}`, "day", "2025-01-02"),
			doc("4", `{}`, "strippable", "b"),
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, tt := range []struct {
			name string
			q    store.Query
			want []string
		}{
			{"everything", store.Query{}, []string{"1", "2", "3", "4"}},
			{"ids in a range", store.Query{From: "2", To: "4"}, []string{"2", "3"}},
			{"ids, limited", store.Query{Limit: 2}, []string{"1", "2"}},
			{"ids, after", store.Query{After: store.Cursor{ID: "2"}, Limit: 2}, []string{"3", "4"}},
			{"one of many values", store.Query{Index: "day", In: []string{"2025-01-02"}}, []string{"1", "2", "3"}},
			{"any of many values, each document once", store.Query{Index: "day", In: []string{"2025-01-02", "2025-01-01"}}, []string{"1", "2", "3"}},
			{"one value, page 1", store.Query{Index: "day", In: []string{"2025-01-02"}, Limit: 2}, []string{"1", "2"}},
			{"one value, page 2", store.Query{Index: "day", In: []string{"2025-01-02"}, Limit: 2, After: store.Cursor{ID: "2"}}, []string{"3"}},
			{"no value", store.Query{Index: "day", In: []string{}}, nil},
			{"a value that nobody has", store.Query{Index: "visitor", In: []string{"w"}}, nil},
			{"single values, exact", store.Query{Index: "strippable", In: []string{"b"}}, []string{"1", "4"}},
			{"a range of single values", store.Query{Index: "strippable", From: "", To: "b"}, []string{"2"}},
			{"all that have a value, by value and id", store.Query{Index: "strippable"}, []string{"2", "1", "4"}},
			{"the same, page 2", store.Query{Index: "strippable", After: store.Cursor{Value: "b", ID: "1"}}, []string{"4"}},
		} {
			got, err := b.Find(ctx, conversations, tt.q)
			if err != nil {
				t.Fatalf("%s: %v", tt.name, err)
			}
			var ids []string
			for _, d := range got {
				ids = append(ids, d.ID)
			}
			if !slices.Equal(ids, tt.want) {
				t.Errorf("%s: %v; want %v", tt.name, ids, tt.want)
			}
		}
	})

	t.Run("swap", func(t *testing.T) {
		b := open(t)
		if _, err := b.Insert(ctx, conversations, []store.Doc{doc("a", `{"n":1}`, "day", "x", "dirty", "yes"), doc("b", `{"n":1}`), doc("c", `{"n":1}`)}); err != nil {
			t.Fatal(err)
		}
		ok, err := b.Swap(ctx, conversations, []store.Doc{
			at(doc("a", `{"n":2}`, "day", "y", "day", "z"), 1),
			at(doc("b", `{"n":2}`), 7),
			at(doc("none", `{"n":2}`), 1),
		})
		if err != nil || !slices.Equal(ok, []bool{true, false, false}) {
			t.Fatalf("Swap = %v, %v; want [true false false]", ok, err)
		}
		got, err := b.Get(ctx, conversations, []string{"a", "b", "c", "none"})
		want(t, got, err, `a v2 {"n":2}`, `b v1 {"n":1}`, `c v1 {"n":1}`)
		for value, n := range map[string]int{"x": 0, "y": 1, "z": 1} {
			if got, err := b.Find(ctx, conversations, store.Query{Index: "day", In: []string{value}}); err != nil || len(got) != n {
				t.Errorf("after the swap %d documents with day %s, %v; want %d", len(got), value, err, n)
			}
		}
		if got, err := b.Find(ctx, conversations, store.Query{Index: "dirty"}); err != nil || len(got) != 0 {
			t.Errorf("after the swap %d documents are dirty, %v; want none", len(got), err)
		}
		ok, err = b.Swap(ctx, conversations, []store.Doc{at(doc("a", `{"n":3}`), 1)})
		if err != nil || ok[0] {
			t.Errorf("Swap of an old version = %v, %v; want false", ok, err)
		}
	})

	t.Run("unset", func(t *testing.T) {
		b := open(t)
		if _, err := b.Insert(ctx, conversations, []store.Doc{
			doc("a", `{"dirty":["2025-09-22"],"n":1}`, "dirty", "yes", "day", "x"), doc("b", `{"dirty":["é"],"n":1}`, "dirty", "yes"), doc("c", `{"n":1}`),
		}); err != nil {
			t.Fatal(err)
		}
		if err := b.Unset(ctx, conversations, "dirty", []store.Doc{at(doc("a", ""), 1), at(doc("b", ""), 2), at(doc("none", ""), 1)}); err != nil {
			t.Fatal(err)
		}
		got, err := b.Find(ctx, conversations, store.Query{Index: "dirty"})
		want(t, got, err, `b v1 {"dirty":["é"],"n":1}`)
		got, err = b.Find(ctx, conversations, store.Query{Index: "day", In: []string{"x"}})
		want(t, got, err, `a v2 {"n":1}`)
	})

	t.Run("touch and delete", func(t *testing.T) {
		b := open(t)
		for range 2 {
			if err := b.Touch(ctx, conversations, []string{"new", "other"}); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := b.Insert(ctx, conversations, []store.Doc{doc("a", `{"n":1}`, "day", "x")}); err != nil {
			t.Fatal(err)
		}
		if err := b.Touch(ctx, conversations, []string{"a"}); err != nil {
			t.Fatal(err)
		}
		got, err := b.Find(ctx, conversations, store.Query{})
		want(t, got, err, `a v2 {"n":1}`, `new v2 {}`, `other v2 {}`)
		if err := b.Delete(ctx, conversations, []string{"a", "none", "new"}); err != nil {
			t.Fatal(err)
		}
		got, err = b.Find(ctx, conversations, store.Query{})
		want(t, got, err, `other v2 {}`)
		got, err = b.Find(ctx, conversations, store.Query{Index: "day", In: []string{"x"}})
		want(t, got, err)
	})

	t.Run("large batches", func(t *testing.T) {
		b := open(t)
		var docs []store.Doc
		var ids []string
		for i := range 2500 {
			ids = append(ids, fmt.Sprintf("%04d", i))
			docs = append(docs, doc(ids[i], `{}`))
		}
		if _, err := b.Insert(ctx, conversations, docs); err != nil {
			t.Fatal(err)
		}
		got, err := b.Get(ctx, conversations, ids)
		if err != nil || len(got) != len(docs) {
			t.Fatalf("Get = %d documents, %v; want %d", len(got), err, len(docs))
		}
		for i := range docs[:200] {
			docs[i].Version = int64(1 + i%2)
		}
		ok, err := b.Swap(ctx, conversations, docs[:200])
		if err != nil {
			t.Fatal(err)
		}
		for i := range ok {
			if ok[i] != (i%2 == 0) {
				t.Fatalf("Swap[%d] = %v", i, ok[i])
			}
		}
	})

	t.Run("atomically", func(t *testing.T) {
		b := open(t)
		if !b.Atomic() {
			t.Skip("this backend promises no transactions")
		}
		broken := fmt.Errorf("broken off")
		err := b.Atomically(ctx, func(b store.Backend) error {
			if _, err := b.Insert(ctx, conversations, []store.Doc{doc("a", `{}`, "day", "x")}); err != nil {
				return err
			}
			if got, err := b.Get(ctx, conversations, []string{"a"}); err != nil || len(got) != 1 {
				t.Errorf("inside, Get = %d documents, %v; want what was just inserted", len(got), err)
			}
			return broken
		})
		if err != broken {
			t.Fatalf("Atomically = %v; want the function's error", err)
		}
		got, err := b.Find(ctx, conversations, store.Query{})
		want(t, got, err)
	})

	t.Run("concurrent", func(t *testing.T) {
		if notConcurrent != "" {
			t.Skip(notConcurrent)
		}
		b := open(t)
		if _, err := b.Insert(ctx, conversations, []store.Doc{doc("swapped", `{"n":0}`)}); err != nil {
			t.Fatal(err)
		}
		const writers, rounds = 8, 25
		var inserted, swapped [writers]int
		var wg sync.WaitGroup
		for w := range writers {
			wg.Go(func() {
				for i := range rounds {
					if err := b.Touch(ctx, conversations, []string{"touched", fmt.Sprint("touched ", i)}); err != nil {
						t.Error(err)
						return
					}
					ok, err := b.Insert(ctx, conversations, []store.Doc{doc(fmt.Sprint("inserted ", i), `{}`)})
					if err != nil {
						t.Error(err)
						return
					}
					if ok[0] {
						inserted[w]++
					}
					got, err := b.Get(ctx, conversations, []string{"swapped"})
					if err != nil {
						t.Error(err)
						return
					}
					ok, err = b.Swap(ctx, conversations, []store.Doc{at(doc("swapped", fmt.Sprintf(`{"n":%d}`, w)), got[0].Version)})
					if err != nil {
						t.Error(err)
						return
					}
					if ok[0] {
						swapped[w]++
					}
				}
			})
		}
		wg.Wait()
		got, err := b.Get(ctx, conversations, []string{"swapped", "touched"})
		if err != nil || len(got) != 2 {
			t.Fatalf("Get = %v, %v", lines(got), err)
		}
		sum := func(a [writers]int) (n int) {
			for _, x := range a {
				n += x
			}
			return n
		}
		if n := got[0].Version - 1; n != int64(sum(swapped)) {
			t.Errorf("%d swaps happened, %d were reported", n, sum(swapped))
		}
		if n := got[1].Version; n != writers*rounds {
			t.Errorf("%d touches counted; want %d", n, writers*rounds)
		}
		if n := sum(inserted); n != rounds {
			t.Errorf("%d inserts reported of %d documents", n, rounds)
		}
	})
}
