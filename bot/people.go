package bot

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/slack-go/slack"

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
	mu    sync.Mutex
	known map[string]seen[*slack.User]
	group map[string]seen[[]string] // members of user groups
	own   map[string]seen[*slack.AuthTestResponse]
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
)

// person asks Slack who acts, and refuses who may not even look: people of
// other organisations, guests and bots.
func (b *Bot) person(ctx context.Context, user, team string) (*Person, error) {
	own, err := b.team(ctx)
	if err != nil {
		return nil, fmt.Errorf("own workspace: %w", err)
	}
	if team != own {
		return nil, refusedStranger
	}
	u, err := cached(&b.people.mu, &b.people.known, user, func() (*slack.User, error) { return b.Slack.GetUserInfoContext(ctx, user) })
	if err != nil {
		return nil, fmt.Errorf("user %s: %w", user, err)
	}
	switch {
	case u.IsStranger || team != "" && u.TeamID != "" && u.TeamID != team:
		return nil, refusedStranger
	case u.IsBot || u.Deleted:
		return nil, refusedBot
	case u.IsRestricted || u.IsUltraRestricted:
		return nil, refusedGuest
	}
	p := &Person{ID: user, Lang: printerFor(u.Locale), Zone: b.Rules.Zone, Admin: u.IsAdmin || u.IsOwner}
	if zone, err := time.LoadLocation(u.TZ); err == nil && u.TZ != "" {
		p.Zone = zone
	}
	p.Editor, err = b.isEditor(ctx, user)
	return p, err
}

// team is the workspace that the bot's token is for.
func (b *Bot) team(ctx context.Context) (string, error) {
	who, err := cached(&b.people.mu, &b.people.own, "", func() (*slack.AuthTestResponse, error) { return b.Slack.AuthTestContext(ctx) })
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
// is; everybody is where nobody is named.
func (b *Bot) isEditor(ctx context.Context, user string) (bool, error) {
	if len(b.Editors) == 0 || slices.Contains(b.Editors, user) {
		return true, nil
	}
	for _, id := range b.Editors {
		if !strings.HasPrefix(id, "S") {
			continue
		}
		members, err := cached(&b.people.mu, &b.people.group, id, func() ([]string, error) { return b.Slack.GetUserGroupMembersContext(ctx, id) })
		if err != nil {
			return false, fmt.Errorf("user group %s: %w", id, err)
		}
		if slices.Contains(members, user) {
			return true, nil
		}
	}
	return false, nil
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
