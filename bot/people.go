package bot

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/slack-go/slack"

	"agentreport/bot/delivery"
	"agentreport/reports/lang"
)

// Person is who acts in Slack, as of the last few minutes.
type Person struct {
	ID     string
	Lang   *lang.Printer // in their own language
	Zone   *time.Location
	Editor bool // may answer, dismiss and schedule
	Admin  bool
}

// remember is how long what Slack said of a person holds.
const remember = 5 * time.Minute

// people are those who acted lately.
type people struct {
	slack   *slack.Client
	editors []string
	zone    *time.Location // of those of whom Slack names none
	log     *slog.Logger

	mu    sync.Mutex
	known map[string]seen[*slack.User]
	group map[string]seen[[]string] // members of user groups
	// closed are the user groups that could not be read when somebody last asked,
	// and Slack's word for why.
	closed map[string]string
	own    map[string]seen[*slack.AuthTestResponse]
}

type seen[T any] struct {
	value T
	at    time.Time
}

// refusedError says why somebody may not use the bot.
type refusedError string

func (e refusedError) Error() string { return "refused: " + string(e) }

// The ids of the sentences with which people are refused.
const (
	refusedStranger = refusedError("refused_stranger")
	refusedGuest    = refusedError("refused_guest")
	refusedBot      = refusedError("refused_bot")
	refusedViewer   = refusedError("refused_viewer")
)

// person asks Slack who acts, and refuses who may not even look: people of
// other organisations, guests and bots.
func (o *people) person(ctx context.Context, user, team string) (*Person, error) {
	own, err := o.team(ctx)
	if err != nil {
		return nil, fmt.Errorf("own workspace: %w", err)
	}
	if team != own && team != "" { // a command of an Enterprise organisation may name none
		return nil, refusedStranger
	}
	u, err := cached(&o.mu, &o.known, user, func() (*slack.User, error) { return o.slack.GetUserInfoContext(ctx, user) })
	if err != nil {
		return nil, fmt.Errorf("user %s: %w", user, err)
	}
	switch {
	case u.IsStranger || !memberOf(u, own) && (team == "" || u.TeamID != ""):
		return nil, refusedStranger
	case u.IsBot || u.Deleted:
		return nil, refusedBot
	case u.IsRestricted || u.IsUltraRestricted:
		return nil, refusedGuest
	}
	p := &Person{ID: user, Lang: printerFor(u.Locale), Zone: o.zone, Admin: u.IsAdmin || u.IsOwner}
	if zone, err := time.LoadLocation(u.TZ); err == nil && u.TZ != "" {
		p.Zone = zone
	}
	p.Editor = o.isEditor(ctx, user)
	return p, nil
}

// memberOf reports whether a workspace is the person's own: theirs, or one of their
// Enterprise organisation's that they are in.
func memberOf(u *slack.User, team string) bool {
	return u.TeamID == team || slices.Contains(u.Enterprise.Teams, team)
}

// team is the workspace that the bot's token is for.
func (o *people) team(ctx context.Context) (string, error) {
	who, err := cached(&o.mu, &o.own, "", func() (*slack.AuthTestResponse, error) { return o.slack.AuthTestContext(ctx) })
	if err != nil {
		return "", err
	}
	return who.TeamID, nil
}

// printerFor is the language of a Slack locale such as es-ES; English where
// there is no catalogue.
func printerFor(locale string) *lang.Printer {
	language, _, _ := strings.Cut(strings.ToLower(locale), "-")
	if !slices.Contains(lang.Languages, language) {
		language = lang.Languages[0]
	}
	return lang.For(language)
}

// isEditor reports whether a person is named as an editor or is in a group that
// is; everybody is where nobody is named. Who is only in a group that cannot be read
// may look, and admins are told.
func (o *people) isEditor(ctx context.Context, user string) bool {
	if len(o.editors) == 0 || slices.Contains(o.editors, user) {
		return true
	}
	for _, id := range o.editors {
		if !strings.HasPrefix(id, "S") {
			continue
		}
		members, err := cached(&o.mu, &o.group, id, func() ([]string, error) { return o.slack.GetUserGroupMembersContext(ctx, id) })
		o.groupRead(id, err)
		if err == nil && slices.Contains(members, user) {
			return true
		}
	}
	return false
}

// groupRead keeps whether a user group could be read, and logs when that changes.
func (o *people) groupRead(id string, err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	_, was := o.closed[id]
	switch {
	case err == nil:
		delete(o.closed, id)
		return
	case o.closed == nil:
		o.closed = map[string]string{}
	}
	o.closed[id] = cmp.Or(delivery.Word(err), "no answer")
	if !was {
		o.log.Warn("EDITORS: a user group cannot be read: its members may only look", "group", id, "error", err)
	}
}

// closedGroups are the user groups that cannot be read, each with Slack's word.
func (o *people) closedGroups() map[string]string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return maps.Clone(o.closed)
}

// cached is what ask returned in the last few minutes, or returns now.
func cached[T any](mu *sync.Mutex, known *map[string]seen[T], key string, ask func() (T, error)) (T, error) {
	mu.Lock()
	have, ok := (*known)[key]
	mu.Unlock()
	if ok && time.Since(have.at) < remember {
		return have.value, nil
	}
	value, err := ask()
	if err != nil {
		return value, err
	}
	mu.Lock()
	defer mu.Unlock()
	if *known == nil || len(*known) > 10_000 {
		*known = map[string]seen[T]{}
	}
	(*known)[key] = seen[T]{value, time.Now()}
	return value, nil
}
