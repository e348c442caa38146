package bot_test

import (
	"net/http"
	"strings"
	"testing"
)

// TestConversations presses the button under a report and turns the pages of the
// conversations behind it, as an editor and as somebody who may only look.
func TestConversations(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *workspace) {
		w.fill()
		for user, handedOff := range map[string]string{editor: "handed off —", viewer: "pasada a una persona —"} {
			m := w.says(user, team, "handoffs last 4 weeks")
			a, err := w.slack.Press(t.Context(), user, team, m.TS, map[string]any{"action_id": "listing_show", "type": "button", "value": element(t, m, "listing_show")["value"]})
			if err != nil || a.Status != http.StatusOK {
				t.Fatalf("press: %+v, %v", a, err)
			}
			v := w.top(user, "listing", handedOff)
			if n := strings.Count(string(v.Body), handedOff); n != 10 {
				t.Fatalf("%d conversations on the first page; want 10, all handed off", n)
			}
			if strings.Contains(string(v.Body), map[string]string{editor: "resolved —", viewer: "resuelta —"}[user]) {
				t.Error("a conversation that was not handed off is listed")
			}
			first := string(v.Body)
			w.presses(user, v, "listing_page_next", "1", nil)
			v = w.top(user, "listing", `"page\":1`)
			if string(v.Body) == first || strings.Count(string(v.Body), handedOff) == 0 {
				t.Error("the second page is the first")
			}
			w.presses(user, v, "listing_page", "0", nil)
			v = w.top(user, "listing", handedOff)
			until(t, w.slack, "the first page again", func() bool {
				return string(w.top(user, "listing", handedOff).Body) == first
			})
		}
	})
}
