package bot

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"agentreport/bot/views"
	"agentreport/reports"
)

// channelMenu finds channels of conversations.
type channelMenu struct {
	*desk
	store reports.Reader
}

// find finds the channels of the last weeks that a text is part of, the busiest first,
// after the choice of all.
func (m *channelMenu) find(ctx context.Context, typed string, _ slack.InteractionCallback, p *Person) ([]views.Choice, error) {
	now := m.now()
	r := reports.RecentWeeks(now, m.rules.Zone)
	days, err := m.store.Days(ctx, r, now)
	if err != nil {
		return nil, err
	}
	found := []views.Choice{{ID: p.Lang.T("gaps_any_channel"), Value: views.AnyChannel}}
	for _, c := range reports.HandledByChannel(days, r, "").Largest() {
		if strings.Contains(strings.ToLower(p.Lang.Name(c.Name)), strings.ToLower(typed)) {
			found = append(found, views.Choice{ID: p.Lang.Name(c.Name), Value: c.Name})
		}
	}
	return found, nil
}

// zones are the most used ones of the tz database; any other can be typed.
var zones = strings.Fields(`UTC Europe/London Europe/Madrid Europe/Paris Europe/Berlin Europe/Amsterdam Europe/Rome Europe/Lisbon Europe/Dublin
	Europe/Zurich Europe/Vienna Europe/Brussels Europe/Stockholm Europe/Oslo Europe/Copenhagen Europe/Helsinki Europe/Warsaw Europe/Prague Europe/Budapest
	Europe/Athens Europe/Bucharest Europe/Istanbul Europe/Kyiv Europe/Moscow Atlantic/Canary America/New_York America/Chicago America/Denver
	America/Los_Angeles America/Phoenix America/Anchorage America/Toronto America/Vancouver America/Mexico_City America/Guatemala America/Panama
	America/Bogota America/Lima America/Caracas America/Santiago America/Argentina/Buenos_Aires America/Montevideo America/Asuncion America/La_Paz
	America/Guayaquil America/Sao_Paulo America/Havana America/Santo_Domingo America/Puerto_Rico Pacific/Honolulu Africa/Casablanca Africa/Lagos
	Africa/Cairo Africa/Nairobi Africa/Johannesburg Asia/Jerusalem Asia/Dubai Asia/Riyadh Asia/Karachi Asia/Kolkata Asia/Dhaka Asia/Bangkok Asia/Jakarta
	Asia/Ho_Chi_Minh Asia/Singapore Asia/Manila Asia/Hong_Kong Asia/Shanghai Asia/Taipei Asia/Seoul Asia/Tokyo Australia/Perth Australia/Adelaide
	Australia/Brisbane Australia/Sydney Australia/Melbourne Pacific/Auckland`)

// findZones are the zones that a text is part of; one that is a zone's whole
// name is the first.
func findZones(_ context.Context, typed string, _ slack.InteractionCallback, _ *Person) ([]views.Choice, error) {
	var found []views.Choice
	if _, err := time.LoadLocation(typed); err == nil && typed != "" && typed != "Local" && !slices.Contains(zones, typed) {
		found = append(found, views.Choice{ID: typed, Value: typed})
	}
	part := strings.ReplaceAll(strings.ToLower(typed), " ", "_")
	for _, z := range zones {
		if strings.Contains(strings.ToLower(z), part) {
			found = append(found, views.Choice{ID: z, Value: z})
		}
	}
	return found, nil
}
