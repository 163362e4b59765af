package app

import (
	"context"

	"hatif/sip"
	"hatif/store"
)

// bindings lets the registrar keep its phones in the store: neither knows the other. The store is opened after the
// sockets are bound and before the registrar runs.
type bindings struct{ db *store.DB }

// LoadBindings implements sip.Store.
func (b *bindings) LoadBindings(ctx context.Context) ([]sip.Binding, error) {
	rows, err := b.db.LoadBindings(ctx)
	if err != nil {
		return nil, err
	}
	all := make([]sip.Binding, len(rows))
	for i, r := range rows {
		all[i] = sip.Binding(r)
	}
	return all, nil
}

// SaveBindings implements sip.Store.
func (b *bindings) SaveBindings(ctx context.Context, put, gone []sip.Binding) error {
	return b.db.SaveBindings(ctx, bindingRows(put), bindingRows(gone))
}

func bindingRows(bs []sip.Binding) []store.Binding {
	rows := make([]store.Binding, len(bs))
	for i, b := range bs {
		rows[i] = store.Binding(b)
	}
	return rows
}
