package store

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"agentreport/reports"
)

// tokenPrefix makes a token recognisable where it should not be.
const tokenPrefix = "agr_"

func hashToken(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}

// CreateToken makes a token and returns it: the only time that it is seen. It
// wraps reports.ErrConflict where the name is taken.
func (s *Store) CreateToken(ctx context.Context, name, source string, scopes []reports.Scope) (string, error) {
	have, err := s.Tokens(ctx)
	if err != nil {
		return "", err
	}
	if slices.ContainsFunc(have, func(t reports.Token) bool { return t.Name == name }) {
		return "", fmt.Errorf("token %q exists already: revoke it first or use another name: %w", name, reports.ErrConflict)
	}
	secret := tokenPrefix + strings.ToLower(rand.Text())
	t := reports.Token{Name: name, Scopes: scopes, Source: source, CreatedAt: s.now().UTC().Truncate(time.Second), Hash: hashToken(secret)}
	_, err = s.backend.Insert(ctx, tokens, []Doc{newDoc(t.Hash, t)})
	return secret, err
}

// Tokens lists all tokens by name.
func (s *Store) Tokens(ctx context.Context) ([]reports.Token, error) {
	list, err := all[reports.Token](ctx, s, tokens)
	slices.SortFunc(list, func(a, b reports.Token) int { return strings.Compare(a.Name, b.Name) })
	return list, err
}

// RevokeToken ends a token. It wraps reports.ErrNotFound where there is none of that name.
func (s *Store) RevokeToken(ctx context.Context, name string) error {
	list, err := s.Tokens(ctx)
	if err != nil {
		return err
	}
	for _, t := range list {
		if t.Name == name {
			return s.backend.Delete(ctx, tokens, []string{t.Hash})
		}
	}
	return fmt.Errorf("token %q: %w", name, reports.ErrNotFound)
}

// UseToken looks a token up and notes, at most once a minute, that it was used.
// It wraps reports.ErrNotFound where there is no such token.
func (s *Store) UseToken(ctx context.Context, secret string) (reports.Token, error) {
	var t reports.Token
	id := hashToken(secret)
	if _, err := s.get(ctx, tokens, id, &t); err != nil {
		if errors.Is(err, reports.ErrNotFound) {
			err = fmt.Errorf("token: %w", reports.ErrNotFound) // the id is a hash of what was sent
		}
		return t, err
	}
	minute := s.now().UTC().Truncate(time.Minute)
	if !t.UsedAt.Before(minute) {
		return t, nil
	}
	err := update(ctx, s, tokens, id, func(t *reports.Token) error {
		t.UsedAt = minute
		return nil
	}, nil)
	return t, err
}
