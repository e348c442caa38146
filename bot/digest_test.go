package bot_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"agentreport/bot/fakeslack"
	"agentreport/reports"
)

// accessory is the button beside a row of a message, by its id and value.
func accessory(t *testing.T, m fakeslack.Message, id, value string) map[string]any {
	t.Helper()
	return find(t, fakeslack.View{Body: []byte(`{"blocks":` + string(m.Blocks) + `}`)}, id, value)
}

// TestDigestToAnswer holds that three presses lead from the digest to a stored answer:
// Answer, Answer, Create. What else can be pressed in a digest leaves it where it is.
func TestDigestToAnswer(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *workspace) {
		var asked []reports.Event
		start := reports.WeekOf(time.Now(), time.UTC).Add(-1).Start(time.UTC)
		for i := range 12 {
			id := fmt.Sprint("q", i)
			asked = append(asked, reports.Event{
				ID: id, Source: "shop", Conversation: id, Type: reports.Unanswered, Channel: "chat", Question: "can I pay with a zebra", At: start.Add(time.Duration(i) * time.Hour),
			})
		}
		if _, err := w.store.Record(t.Context(), asked); err != nil {
			t.Fatal(err)
		}
		w.configs[0].Delivery.Interactive = true
		d, err := w.configs[0].Delivery.SendNow(t.Context(), reports.Subscription{ID: "team", Channel: team, Language: "en", Definition: "standard"}, "test")
		if err != nil || d.State != reports.Posted {
			t.Fatalf("the digest is %s, %v: %+v", d.State, err, d.Steps)
		}
		digest := w.slack.Messages(team)[0]
		if !strings.Contains(string(digest.Blocks), "new · 12 conversations") {
			t.Errorf("the digest: %s", digest.Blocks)
		}
		press := func(e map[string]any) {
			t.Helper()
			if a, err := w.slack.Press(t.Context(), editor, team, digest.TS, e); err != nil || a.Status != http.StatusOK {
				t.Fatalf("press: %+v, %v", a, err)
			}
		}
		press(accessory(t, digest, "digest_topic", "1"))
		page := w.top(editor, "topic", "Can I pay with a zebra")
		w.presses(editor, page, "topic_answer", "", nil)
		form := w.top(editor, "answer", "Can I pay with a zebra")
		w.submits(editor, form, answer("Can I pay with a zebra?", "No: cards and transfers only."))
		w.top(editor, "topic", "12 questions")
		if list, err := w.store.Answers(t.Context()); err != nil || len(list) != 1 || list[0].Text != "No: cards and transfers only." {
			t.Errorf("after three presses: %+v, %v", list, err)
		}
		w.slack.CloseView(page.ID)

		press(element(t, digest, "digest_report"))
		until(t, w.slack, "the charts beside the digest", func() bool {
			list := w.slack.Messages(team)
			last := list[len(list)-1]
			return last.Ephemeral == editor && strings.Contains(string(last.Blocks), "Rates over time")
		})
		press(element(t, digest, "listing_show"))
		w.top(editor, "listing", "q11")
		press(accessory(t, digest, "gaps_show", "open"))
		w.top(editor, "gaps", "")
		if now := w.slack.Messages(team)[0]; now.Edited || string(now.Blocks) != string(digest.Blocks) {
			t.Error("the digest is another after something was pressed in it")
		}
	})
}
