package bot_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"agentreport/bot"
	"agentreport/bot/fakeslack"
)

// TestClosedGroup holds that where the editors' group cannot be read everybody may
// look, nobody may change anything, and an admin is told why.
func TestClosedGroup(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *workspace) {
		w.asks("where is my refund")
		w.restart(func(c *bot.Config) { c.Editors = []string{"S0000000001"} })
		w.slack.ChangeUser(editor, func(u *fakeslack.User) { u.Admin = true })
		w.slack.Fail("usergroups.users.list", fakeslack.Fault{Error: "plan_upgrade_required", Times: 1000})
		v := w.gaps(editor, "Where is my refund")
		w.presses(editor, v, "gaps_open", "1", nil)
		page := w.top(editor, "topic", "where is my refund")
		if strings.Contains(string(page.Body), "topic_answer") {
			t.Error("who may only look is offered to answer")
		}
		w.home("EvGroup", editor, "plan_upgrade_required")
	})
}

// TestEnterprise holds who belongs to a workspace of an Enterprise organisation.
func TestEnterprise(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *workspace) {
		w.fill()
		w.slack.ChangeUser(editor, func(u *fakeslack.User) { u.TeamID, u.Teams = "E0000000001", []string{"T0000000009", fakeslack.TeamID} })
		w.slack.OrgWide = true // commands name no workspace
		w.says(editor, team, "health")
		w.slack.ChangeUser(viewer, func(u *fakeslack.User) { u.TeamID, u.Teams = "E0000000001", []string{"T0000000009"} })
		if m := w.says(viewer, team, "health"); !strings.Contains(m.Text, "Sorry") {
			t.Errorf("a member of another workspace of the organisation is answered %q", m.Text)
		}
	})
}

// TestCommandTwice holds that a command which Slack sends again is answered once.
func TestCommandTwice(t *testing.T) {
	t.Parallel()
	w := newReplicas(t, false, 2)
	w.fill()
	trigger := w.slack.Trigger(editor)
	for range 3 {
		if a, err := w.slack.CommandWith(t.Context(), editor, team, bot.CommandName, "health", trigger); err != nil || a.Status != http.StatusOK {
			t.Fatalf("command: %+v, %v", a, err)
		}
	}
	w.finish()
	n := 0
	for _, m := range w.slack.Messages(team) {
		if strings.Contains(m.Text, "last event") {
			n++
		}
	}
	if n != 1 {
		t.Errorf("%d answers to a command that was sent three times; want one", n)
	}
}

// TestRefusedFill holds that a view which Slack refuses says so to the person.
func TestRefusedFill(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *workspace) {
		w.asks("where is my refund")
		w.slack.Fail("views.update", fakeslack.Fault{Error: "invalid_arguments"})
		if a, err := w.slack.Command(t.Context(), editor, team, bot.CommandName, "gaps"); err != nil || a.Status != http.StatusOK {
			t.Fatalf("gaps: %+v, %v", a, err)
		}
		w.top(editor, "refused", "invalid_arguments")
	})
}

// TestRefusedOptions holds what a menu is answered where a person may not use it:
// an empty list, which Slack takes, not an empty object, which it does not.
func TestRefusedOptions(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *workspace) {
		w.asks("where is my refund")
		v := w.gaps(editor, "Where is my refund")
		a, err := w.slack.Suggest(t.Context(), stranger, v.ID, "merge", "x")
		if err != nil || a.Status != http.StatusOK {
			t.Fatalf("suggest: %+v, %v", a, err)
		}
		var body map[string]json.RawMessage
		if err := json.Unmarshal(a.Body, &body); err != nil || string(body["options"]) != "[]" {
			t.Errorf("answered %s, %v; want an empty list", a.Body, err)
		}
	})
}
