package delivery

import (
	"context"
	"fmt"
	"strings"

	"github.com/slack-go/slack"
)

// CheckChannel refuses a channel that people outside can read.
func (s *Sender) CheckChannel(ctx context.Context, id string) error {
	if isDirect(id) {
		return nil
	}
	_, err := s.Channel(ctx, id)
	return err
}

// CheckMember refuses a channel that people outside can read, and one in which the bot
// is not: it could neither post there nor find out whether it did.
func (s *Sender) CheckMember(ctx context.Context, id string) error {
	if isDirect(id) {
		return nil
	}
	ch, err := s.Channel(ctx, id)
	if err == nil && !ch.IsMember {
		err = fmt.Errorf("channel %s: %w", id, slack.SlackErrorResponse{Err: "not_in_channel"})
	}
	return err
}

// isDirect reports whether an id is of messages between the bot and one person, or of a
// person.
func isDirect(id string) bool {
	return strings.HasPrefix(id, "D") || strings.HasPrefix(id, "U") || strings.HasPrefix(id, "W")
}

// Channel is what Slack says of a channel that people outside cannot read.
func (s *Sender) Channel(ctx context.Context, id string) (*slack.Channel, error) {
	var ch *slack.Channel
	err := read(ctx, "channel "+id, func(ctx context.Context) (err error) {
		ch, err = s.Slack.GetConversationInfoContext(ctx, &slack.GetConversationInfoInput{ChannelID: id})
		if err == nil && ch.ID == "" {
			err = errNoAnswer
		}
		return err
	})
	switch {
	case err != nil:
		return nil, err
	case ch.IsExtShared || ch.IsPendingExtShared:
		return nil, fmt.Errorf("channel %s: %w", id, errShared)
	case ch.IsArchived:
		return nil, fmt.Errorf("channel %s: %w", id, slack.SlackErrorResponse{Err: "is_archived"})
	}
	return ch, nil
}
