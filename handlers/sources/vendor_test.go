package sources_test

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"agentreport/handlers/sources"
	"agentreport/reports"
	"agentreport/reports/sample"
)

// conversations are the generator's, in the order of their first event.
func conversations(t testing.TB, weeks, n int) [][]reports.Event {
	t.Helper()
	by := map[string][]reports.Event{}
	for e := range sample.Events(sample.Options{Seed: 5, Weeks: weeks, Conversations: n, Until: now().AddDate(0, 0, -3)}) {
		by[e.Conversation] = append(by[e.Conversation], e)
	}
	list := slices.Collect(maps.Values(by))
	list = slices.DeleteFunc(list, func(c []reports.Event) bool {
		return slices.ContainsFunc(c, func(e reports.Event) bool { return e.Test })
	})
	for _, c := range list {
		slices.SortStableFunc(c, func(a, b reports.Event) int { return cmp.Or(a.At.Compare(b.At), strings.Compare(a.ID, b.ID)) })
	}
	slices.SortFunc(list, func(a, b []reports.Event) int {
		return cmp.Or(a[0].At.Compare(b[0].At), strings.Compare(a[0].ID, b[0].ID))
	})
	return list
}

type object = map[string]any

func asJSON(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return b
}

// hubspotForm writes a conversation as HubSpot's API tells it, by the schemas of its public
// specification (PublicThread, PublicConversationsMessage, PublicAssignmentMessage,
// PublicThreadStatusChange): what has no form there is left out.
func hubspotForm(id string, events []reports.Event) (thread object, messages []object) {
	channel := map[string]string{"chat": "1000", "messenger": "1001", "email": "1002"}
	thread = object{"id": id, "createdAt": events[0].At, "status": "OPEN", "archived": false, "spam": false, "inboxId": "1", "originalChannelAccountId": "1", "associatedContactId": events[0].Visitor, "originalChannelId": "1234"}
	actor := func(e *reports.Event) string {
		switch e.Actor {
		case reports.Visitor:
			return "V-1"
		case reports.Agent:
			return "L-1"
		case reports.Human:
			return "A-" + e.Member.ID
		}
		return "S-1"
	}
	for i := range events {
		e := &events[i]
		if n := channel[e.Channel]; n != "" {
			thread["originalChannelId"] = n
		}
		m := object{"id": e.ID, "conversationsThreadId": id, "createdAt": e.At, "createdBy": actor(e), "client": object{"clientType": "SYSTEM"}, "senders": []object{{"actorId": actor(e), "name": e.Member.Name}}, "recipients": []object{}, "archived": false}
		switch e.Type {
		case reports.Message:
			m["type"], m["text"], m["direction"], m["truncationStatus"], m["attachments"] = "MESSAGE", e.Text, "INCOMING", "NOT_TRUNCATED", []object{}
			m["channelId"], m["channelAccountId"] = thread["originalChannelId"], "1"
		case reports.Handoff:
			m["type"], m["createdBy"], m["assignedFrom"], m["assignedTo"] = "ASSIGNMENT", "S-1", "L-1", "A-"+cmp.Or(e.Member.ID, "9")
		case reports.Closed, reports.Resolved:
			m["type"], m["newStatus"] = "THREAD_STATUS_CHANGE", "CLOSED"
		case reports.Reopened:
			m["type"], m["newStatus"] = "THREAD_STATUS_CHANGE", "OPEN"
		default:
			continue
		}
		messages = append(messages, m)
	}
	thread["latestMessageTimestamp"] = events[len(events)-1].At
	return thread, messages
}

// intercomForm writes a conversation as Intercom's API tells it, by the schema conversation
// of its public specification.
func intercomForm(id string, events []reports.Event) object {
	v := object{
		"type": "conversation", "id": id, "created_at": events[0].At.Unix(), "updated_at": events[len(events)-1].At.Unix(), "state": "open",
		"source": object{"type": "conversation", "id": "1", "body": "", "author": object{}}, "contacts": object{"type": "contact.list", "contacts": []object{{"type": "contact", "id": events[0].Visitor}}},
		"ai_agent_participated": true,
	}
	author := func(e *reports.Event) object {
		switch e.Actor {
		case reports.Visitor:
			return object{"type": "user", "id": "u"}
		case reports.Agent:
			return object{"type": "bot", "id": "b", "from_ai_agent": true}
		case reports.Human:
			return object{"type": "admin", "id": e.Member.ID, "name": e.Member.Name}
		}
		return object{"type": "bot", "id": "o"}
	}
	parts := []object{}
	fin := object{"source_type": "profile", "last_answer_type": "ai_answer"}
	for i := range events {
		e := &events[i]
		p := object{"type": "conversation_part", "id": e.ID, "created_at": e.At.Unix(), "author": author(e)}
		switch e.Type {
		case reports.Message:
			p["part_type"], p["body"] = "comment", "<p>"+e.Text+"</p>"
		case reports.Handoff:
			fin["resolution_state"] = "escalated"
			continue
		case reports.Closed:
			p["part_type"] = "close"
		case reports.Reopened:
			p["part_type"] = "open"
		case reports.Resolved:
			if e.Actor == reports.Agent {
				fin["resolution_state"] = "confirmed_resolution"
			}
			continue
		case reports.Feedback:
			fin["rating"], fin["created_at"] = max(e.Score, map[reports.Rating]int{reports.Positive: 5, reports.Neutral: 3, reports.Negative: 1}[e.Rating]), e.At.Unix()
			continue
		default:
			continue
		}
		parts = append(parts, p)
	}
	v["ai_agent"] = fin
	v["conversation_parts"] = object{"type": "conversation_part.list", "conversation_parts": parts, "total_count": len(parts)}
	return v
}

// vendor is a stand-in of an API: it pages, is busy now and then, refuses a wrong token,
// and its cursors expire.
type vendor struct {
	t        *testing.T
	threads  []object            // HubSpot's, by their latest message
	messages map[string][]object // newest first
	whole    map[string]object   // Intercom's
	calls    int
	expired  bool
}

func newVendor(t *testing.T, list [][]reports.Event) *vendor {
	v := &vendor{t: t, messages: map[string][]object{}, whole: map[string]object{}}
	for i, events := range list {
		id := fmt.Sprint(1000 + i)
		thread, messages := hubspotForm(id, events)
		slices.Reverse(messages)
		v.threads, v.messages[id], v.whole[id] = append(v.threads, thread), messages, intercomForm(id, events)
	}
	slices.SortStableFunc(v.threads, func(a, b object) int {
		return a["latestMessageTimestamp"].(time.Time).Compare(b["latestMessageTimestamp"].(time.Time))
	})
	return v
}

func (v *vendor) RoundTrip(r *http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	v.serve(w, r)
	return w.Result(), nil
}

func page[T any](list []T, after string, limit int) ([]T, string) {
	from, _ := strconv.Atoi(after)
	to := min(from+limit, len(list))
	next := ""
	if to < len(list) {
		next = fmt.Sprint(to)
	}
	return list[from:to], next
}

func (v *vendor) serve(w http.ResponseWriter, r *http.Request) {
	v.calls++
	answer := func(status int, body any) {
		w.WriteHeader(status)
		w.Write(asJSON(body))
	}
	switch {
	case r.Header.Get("Authorization") != "Bearer token":
		answer(http.StatusUnauthorized, object{"message": "no"})
		return
	case v.calls%17 == 0:
		w.Header().Set("Retry-After", "7")
		answer(http.StatusTooManyRequests, object{"message": "slow down"})
		return
	case v.calls%23 == 0:
		answer(http.StatusBadGateway, "<html>")
		return
	}
	q := r.URL.Query()
	paged := func(results any, next string) object {
		o := object{"results": results}
		if next != "" {
			o["paging"] = object{"next": object{"after": next, "link": "x"}}
		}
		return o
	}
	const threads = "/conversations/conversations/2026-09/threads"
	rest, isHubspot := strings.CutPrefix(r.URL.Path, threads)
	switch {
	case isHubspot && rest == "":
		since, err := time.Parse(time.RFC3339, q.Get("latestMessageTimestampAfter"))
		if err != nil || q.Get("sort") != "latestMessageTimestamp" {
			answer(http.StatusBadRequest, object{"message": "bad query " + r.URL.RawQuery})
			return
		}
		var list []object
		for _, o := range v.threads {
			if o["latestMessageTimestamp"].(time.Time).After(since) {
				list = append(list, o)
			}
		}
		results, next := page(list, q.Get("after"), 100)
		answer(http.StatusOK, paged(results, next))
	case isHubspot && strings.HasSuffix(rest, "/messages"):
		list := v.messages[strings.Split(rest, "/")[1]]
		results, next := page(list, q.Get("after"), 3) // fewer than asked for
		answer(http.StatusOK, paged(append([]object{}, results...), next))
	case isHubspot:
		i := slices.IndexFunc(v.threads, func(o object) bool { return "/"+o["id"].(string) == rest })
		if i < 0 {
			answer(http.StatusNotFound, object{"message": "no such thread"})
			return
		}
		answer(http.StatusOK, v.threads[i])
	case r.URL.Path == "/conversations/search":
		v.search(r, answer)
	case strings.HasPrefix(r.URL.Path, "/conversations/"):
		o, ok := v.whole[strings.TrimPrefix(r.URL.Path, "/conversations/")]
		if !ok {
			answer(http.StatusNotFound, object{"type": "error.list"})
			return
		}
		answer(http.StatusOK, o)
	default:
		v.t.Errorf("%s %s is no call of a vendor", r.Method, r.URL)
		answer(http.StatusNotFound, object{})
	}
}

func (v *vendor) search(r *http.Request, answer func(int, any)) {
	var ask struct {
		Query struct {
			Value []struct{ Field, Operator, Value string }
		}
		Pagination struct {
			PerPage       int    `json:"per_page"`
			StartingAfter string `json:"starting_after"`
		}
	}
	if err := json.NewDecoder(r.Body).Decode(&ask); err != nil || r.Header.Get("Intercom-Version") != "2.16" {
		answer(http.StatusBadRequest, object{"type": "error.list"})
		return
	}
	if ask.Pagination.StartingAfter != "" && !v.expired {
		v.expired = true
		answer(http.StatusBadRequest, object{"type": "error.list", "errors": []object{{"message": "cursor expired"}}})
		return
	}
	var ids []string
	for _, id := range slices.Sorted(maps.Keys(v.whole)) {
		at, in := v.whole[id]["updated_at"].(int64), true
		for _, f := range ask.Query.Value {
			n, _ := strconv.ParseInt(f.Value, 10, 64)
			in = in && (f.Operator == ">" && at > n || f.Operator == "<" && at < n)
		}
		if in {
			ids = append(ids, id)
		}
	}
	list := []object{}
	some, next := page(ids, ask.Pagination.StartingAfter, min(ask.Pagination.PerPage, 20))
	for _, id := range some {
		short := maps.Clone(v.whole[id])
		delete(short, "conversation_parts")
		list = append(list, short)
	}
	pages := object{"type": "pages", "page": 1}
	if next != "" {
		pages["next"] = object{"per_page": 20, "starting_after": next}
	}
	answer(http.StatusOK, object{"type": "conversation.list", "conversations": list, "pages": pages, "total_count": len(ids)})
}

// figuresOf are all figures of some events, under each definition, as the store would count
// them.
func figuresOf(list []reports.Event) map[reports.Definition]reports.Figures {
	rules := reports.Rules{Zone: time.UTC, Window: reports.DefaultWindow}
	by, seen := map[string][]reports.Event{}, map[string]bool{}
	for _, e := range list {
		if !seen[e.Key()] {
			seen[e.Key()] = true
			by[e.ConversationKey()] = append(by[e.ConversationKey()], e)
		}
	}
	days := map[reports.Day]*reports.DayTally{}
	for _, events := range by {
		c := rules.Fold(events)
		for _, d := range rules.Days(&c) {
			if days[d] == nil {
				days[d] = &reports.DayTally{Day: d}
			}
			rules.AddShare(days[d], &c, now())
		}
	}
	var all []reports.DayTally
	for _, d := range slices.Sorted(maps.Keys(days)) {
		all = append(all, *days[d])
	}
	out := map[reports.Definition]reports.Figures{}
	for _, d := range []reports.Definition{reports.Standard, reports.Confirmed, reports.Durable} {
		out[d] = reports.FiguresOf(all, reports.Range{From: "2000-01-01", To: "2100-01-01"}, "", d)
	}
	return out
}

// TestReplay writes the generator's conversations in a vendor's form and reads them back:
// every figure is that of the original, but for what the form has no word for.
func TestReplay(t *testing.T) {
	list := conversations(t, 4, 200)
	for name, lost := range map[string]struct {
		types  []reports.EventType // that it does not tell
		others []string            // figures that it tells otherwise
	}{
		// HubSpot tells no rating, question or reason, of an outcome that the thread was
		// closed, and its numbers of channels are of its own channels.
		"hubspot": {[]reports.EventType{reports.Feedback, reports.Unanswered, reports.Assigned}, []string{"by_channel", "reasons"}},
		// Intercom tells times in seconds, a handoff by its reason alone, which is told of
		// the agent's last word, and of a person's resolving nothing but that it was closed.
		"intercom": {[]reports.EventType{reports.Assigned, reports.Unanswered}, []string{
			"by_channel", "reasons", "handoff_to_close_ms", "resolution_ms", "team", "feedback", "feedback_unhandled", "resolved", "unresolved", "open", "deflected", "human_minutes",
		}},
	} {
		c := config(t, name)
		var original, replayed []reports.Event
		v := newVendor(t, list)
		for i, events := range list {
			id := fmt.Sprint(1000 + i)
			closed := false
			for _, e := range events {
				isOpen := e.Type == reports.Reopened && !closed // HubSpot opens what is closed alone
				closed = e.Type == reports.Closed || e.Type == reports.Resolved || closed && e.Type != reports.Reopened
				if name == "hubspot" && isOpen {
					continue
				}
				if !slices.Contains(lost.types, e.Type) {
					switch {
					case name == "intercom":
						e.At = e.At.Truncate(time.Second)
					case e.Member.ID != "":
						e.Member.ID = "A-" + e.Member.ID
						fallthrough
					default:
						if e.Type == reports.Resolved {
							e.Type = reports.Closed
						}
					}
					original = append(original, e)
				}
			}
			payload := asJSON(v.whole[id])
			if name == "hubspot" {
				payload = asJSON(object{"thread": v.threads[slices.IndexFunc(v.threads, func(o object) bool { return o["id"] == id })], "messages": v.messages[id]})
			}
			b, err := c.Decode(t.Context(), payload)
			if err != nil {
				t.Fatal(err)
			}
			replayed = append(replayed, b.Events...)
		}
		want, got := figuresOf(original), figuresOf(replayed)
		same := 0
		for d := range want {
			for figure := range want[d] {
				if slices.Contains(lost.others, figure) {
					continue
				}
				same++
				if w, g := asJSON(want[d][figure]), asJSON(got[d][figure]); !bytes.Equal(w, g) {
					t.Errorf("%s, %s, %s: %s; the original has %s", name, d, figure, g, w)
				}
			}
		}
		t.Logf("%s: %d figures of %d events", name, same, len(replayed))
	}
}

// TestPast holds that a reading of the API gives what a file of the same conversations
// does, whatever the API does meanwhile, and that a webhook's reading of one gives the same.
func TestPast(t *testing.T) {
	list := conversations(t, 3, 60)
	for _, name := range []string{"hubspot", "intercom"} {
		synctest.Test(t, func(t *testing.T) {
			v := newVendor(t, list)
			c := config(t, name)
			c.Token, c.HTTP, c.Now = "token", &http.Client{Transport: v}, now
			var got []string
			until := time.Time{}
			err := c.Past(t.Context(), now().AddDate(0, -2, 0), func(b sources.Batch, at time.Time) error {
				got = append(got, lines(b.Events)...)
				if at.Before(until) {
					t.Errorf("%s: goes back from %s to %s", name, until, at)
				}
				until = at
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			var want, webhook []string
			for _, id := range slices.Sorted(maps.Keys(v.whole)) {
				payload := asJSON(v.whole[id])
				if name == "hubspot" {
					i := slices.IndexFunc(v.threads, func(o object) bool { return o["id"] == id })
					payload = asJSON(object{"thread": v.threads[i], "messages": v.messages[id]})
				}
				f := c.File(t.Context(), bytes.NewReader(payload))
				for {
					item, err := f.Next()
					if err == io.EOF {
						break
					}
					if err != nil || item.Err != nil {
						t.Fatal(err, item.Err)
					}
					want = append(want, lines([]reports.Event{item.Event})...)
				}
				b, err := c.Read(t.Context(), id)
				if err != nil {
					t.Fatal(err)
				}
				webhook = append(webhook, lines(b.Events)...)
			}
			for what, have := range map[string][]string{"the past": got, "one by one": webhook} {
				slices.Sort(have)
				slices.Sort(want)
				if have = slices.Compact(have); !slices.Equal(have, want) {
					t.Errorf("%s, %s: %d events; the files give %d", name, what, len(have), len(want))
				}
			}
			if len(want) < 500 || v.calls < 100 {
				t.Errorf("%s: %d events of %d calls prove little", name, len(want), v.calls)
			}
			c.Token = "other"
			if _, err := c.Read(t.Context(), "1000"); err == nil || !strings.Contains(err.Error(), "_TOKEN right") {
				t.Errorf("%s, a wrong token: %v", name, err)
			}
			c.Token = ""
			if err := c.Past(t.Context(), now(), nil); err == nil || !strings.Contains(err.Error(), "_TOKEN is not set") {
				t.Errorf("%s, no token: %v", name, err)
			}
		})
	}
}

func lines(events []reports.Event) []string {
	out := make([]string, len(events))
	for i := range events {
		out[i] = string(asJSON(events[i]))
	}
	return out
}
