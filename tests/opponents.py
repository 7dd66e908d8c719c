"""The opponents: the forward pass of every layer of the library, as users of PyTorch and of JAX would write it.

A row holds two functions. The first is called with the module ``torch``, the second with the module ``jax``, and then
with what the layer is given, in its order. None of them has been derived from the other or from the layer's text, and
both libraries find the gradients themselves: whoever agrees with both is right.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Opponent:
    """One row.

    ``positive``: the arguments that must be above zero. ``empty``: whether the layer has a value over no samples,
    which a mean over the samples has not. ``sizes``: of axes that are not free to be of any, as a kernel's must fit
    into its image.
    """

    torch: Callable[..., Any]
    jax: Callable[..., Any]
    positive: tuple[str, ...] = ()
    empty: bool = True
    sizes: Mapping[str, int] = field(default_factory=dict)


def torch_softmax_loss(t, Z, T):
    return t.nn.functional.cross_entropy(Z, T)


def jax_softmax_loss(j, Z, T):
    return -(T * j.nn.log_softmax(Z)).sum() / len(Z)


def torch_lstm_cell(t, x, h, c, Wi, Wf, Wg, Wo, Ri, Rf, Rg, Ro, bi, bf, bg, bo):
    W, R, b = t.cat([Wi, Wf, Wg, Wo], 1), t.cat([Ri, Rf, Rg, Ro], 1), t.cat([bi, bf, bg, bo])
    return t._VF.lstm_cell(x, (h, c), W.T, R.T, b, t.zeros_like(b))


def jax_lstm_cell(j, x, h, c, Wi, Wf, Wg, Wo, Ri, Rf, Rg, Ro, bi, bf, bg, bo):
    gates = [x @ W + h @ R + b for W, R, b in ((Wi, Ri, bi), (Wf, Rf, bf), (Wg, Rg, bg), (Wo, Ro, bo))]
    c_next = j.nn.sigmoid(gates[1]) * c + j.nn.sigmoid(gates[0]) * j.numpy.tanh(gates[2])
    return j.nn.sigmoid(gates[3]) * j.numpy.tanh(c_next), c_next


def torch_recurrent(t, kind, x, states, W, R, b, c=None):
    """One layer over time, by PyTorch's own kernel; the weights as PyTorch wants them, transposed and joined."""
    W, R, b = t.cat(W, 1).T, t.cat(R, 1).T, t.cat(b)
    c = t.cat(c) if c else t.zeros_like(b)
    states = tuple(s[None] for s in states)
    options = (True, 1, 0.0, False, False, False)
    return getattr(t._VF, kind)(x, states if len(states) > 1 else states[0], [W, R, b, c], *options)[0]


def jax_rnn(j, x, h0, W, R, b):
    def step(h, now):
        return (h := j.numpy.tanh(now @ W + h @ R + b)), h

    return j.lax.scan(step, h0, x)[1]


def jax_lstm(j, x, h0, c0, *weights):
    def step(states, now):
        return (states := jax_lstm_cell(j, now, *states, *weights)), states[0]

    return j.lax.scan(step, (h0, c0), x)[1]


def jax_gru(j, x, h0, Wr, Wz, Wn, Rr, Rz, Rn, br, bz, bn, an):
    def step(h, now):
        r, z = j.nn.sigmoid(now @ Wr + h @ Rr + br), j.nn.sigmoid(now @ Wz + h @ Rz + bz)
        h = (1 - z) * j.numpy.tanh(now @ Wn + bn + r * (h @ Rn + an)) + z * h
        return h, h

    return j.lax.scan(step, h0, x)[1]


def torch_gru(t, x, h0, Wr, Wz, Wn, Rr, Rz, Rn, br, bz, bn, an):
    zero = t.zeros_like(an)
    return torch_recurrent(t, "gru", x, [h0], [Wr, Wz, Wn], [Rr, Rz, Rn], [br, bz, bn], [zero, zero, an])


def torch_char_rnn(t, token, target, h0, E, W, R, b, Q, a):
    h = torch_recurrent(t, "rnn_tanh", t.nn.functional.embedding(token, E), [h0], [W], [R], [b])
    return t.nn.functional.cross_entropy((h @ Q + a).flatten(0, 1), target.flatten())


def torch_heads(t, X, Wq, Wk, Wv, Wo, bq=None, bk=None, bv=None, mask=None):
    zero = t.zeros(Wq.shape[1:], dtype=X.dtype)
    Q, K, V = (
        t.nn.functional.linear(X, W.flatten(1).T, (zero if b is None else b).flatten())
        .unflatten(2, zero.shape)
        .transpose(1, 2)
        for W, b in ((Wq, bq), (Wk, bk), (Wv, bv))
    )
    Z = t.nn.functional.scaled_dot_product_attention(Q, K, V, attn_mask=mask)
    return Z.transpose(1, 2).flatten(2) @ Wo.flatten(0, 1)


def jax_heads(j, X, Wq, Wk, Wv, Wo, bq=0, bk=0, bv=0, mask=0):
    Q, K, V = (j.numpy.einsum("ntd,dhe->nthe", X, W) + b for W, b in ((Wq, bq), (Wk, bk), (Wv, bv)))
    P = j.nn.softmax(j.numpy.einsum("nthe,nshe->nhts", Q, K) / Wq.shape[2] ** 0.5 + mask)
    return j.numpy.einsum("nhts,nshe,hed->ntd", P, V, Wo)


def torch_split_heads(t, X, Wq, Wk, Wv, Wo):
    X, W, attention = X.transpose(0, 1), t.cat([Wq, Wk, Wv], 1).T, t.nn.functional.multi_head_attention_forward
    Y, _ = attention(X, X, X, len(Wo), 2, W, None, None, None, False, 0.0, Wo.T, None, need_weights=False)
    return Y.transpose(0, 1)


def jax_split_heads(j, X, Wq, Wk, Wv, Wo):
    Q, K, V = (j.numpy.split(X @ W, 2, axis=-1) for W in (Wq, Wk, Wv))
    heads = [j.nn.softmax(q @ k.mT / q.shape[-1] ** 0.5) @ v for q, k, v in zip(Q, K, V, strict=True)]
    return j.numpy.concatenate(heads, axis=-1) @ Wo


def jax_norm(j, X, gamma, beta, axis=-1):
    mu, var = X.mean(axis, keepdims=True), X.var(axis, keepdims=True)
    return gamma * (X - mu) * j.lax.rsqrt(var + 1e-5) + beta


def torch_block(t, X, M, g1, b1, Wq, Wk, Wv, bq, bk, bv, Wo, bo, g2, b2, W1, c1, W2, c2):
    F = t.nn.functional
    B = X + torch_heads(t, F.layer_norm(X, (len(g1),), g1, b1), Wq, Wk, Wv, Wo, bq, bk, bv, mask=M) + bo
    G = F.gelu(F.layer_norm(B, (len(g2),), g2, b2) @ W1 + c1, approximate="tanh")
    return B + G @ W2 + c2


def jax_block(j, X, M, g1, b1, Wq, Wk, Wv, bq, bk, bv, Wo, bo, g2, b2, W1, c1, W2, c2):
    B = X + jax_heads(j, jax_norm(j, X, g1, b1), Wq, Wk, Wv, Wo, bq, bk, bv, mask=M) + bo
    return B + j.nn.gelu(jax_norm(j, B, g2, b2) @ W1 + c1, approximate=True) @ W2 + c2


def jax_conv(j, X, K, b, groups=1):
    ones = (1,) * (X.ndim - 2)
    return j.lax.conv_general_dilated(X, K, ones, "VALID", feature_group_count=groups) + b.reshape(-1, *ones)


def jax_pool(j, X, start, merge):
    return j.lax.reduce_window(X, start, merge, (1, 1, 2, 2), (1, 1, 2, 2), "VALID")


def jax_labels_loss(j, Z, t):
    return -j.numpy.take_along_axis(j.nn.log_softmax(Z), t[..., None], -1).mean()


IMAGES = {"H": 8, "W": 9, "R": 3, "S": 2}


BLOCK = len(("g1", "b1", "W_q", "W_k", "W_v", "b_q", "b_k", "b_v", "W_o", "b_o", "g2", "b2", "W1", "c1", "W2", "c2"))


def torch_gpt2(t, token, target, M, E, R, g, b, *blocks):
    F = t.nn.functional
    H = F.embedding(token, E) + R
    for k in range(0, len(blocks), BLOCK):
        H = torch_block(t, H, M, *blocks[k : k + BLOCK])
    logits = F.layer_norm(H, (len(g),), g, b) @ E.T
    return F.cross_entropy(logits.flatten(0, 1), target.flatten())


def jax_gpt2(j, token, target, M, E, R, g, b, *blocks):
    H = E[token] + R
    for k in range(0, len(blocks), BLOCK):
        H = jax_block(j, H, M, *blocks[k : k + BLOCK])
    return jax_labels_loss(j, jax_norm(j, H, g, b) @ E.T, target)


def torch_mlp(t, X, T, *layers):
    for W, b in zip(layers[:-2:2], layers[1:-2:2], strict=True):
        X = t.relu(X @ W + b)
    return torch_softmax_loss(t, X @ layers[-2] + layers[-1], T)


def jax_mlp(j, X, T, *layers):
    for W, b in zip(layers[:-2:2], layers[1:-2:2], strict=True):
        X = j.nn.relu(X @ W + b)
    return jax_softmax_loss(j, X @ layers[-2] + layers[-1], T)


def torch_gaussian(t, X, m, S):
    rest = X - m
    distances = (rest @ t.linalg.solve(S, rest.T)).diagonal()
    return (distances.sum() + len(X) * (t.linalg.slogdet(S)[1] + len(m) * t.log(t.tensor(2 * t.pi, dtype=X.dtype)))) / 2


def jax_gaussian(j, X, m, S):
    P = j.numpy.linalg.inv(S)
    distances = j.numpy.einsum("ni,ij,nj->n", X - m, P, X - m)
    return (distances.sum() + len(X) * (j.numpy.linalg.slogdet(S)[1] + len(m) * j.numpy.log(2 * j.numpy.pi))) / 2


def jax_pixel_shuffle(j, X):
    N, C, H, W = X.shape
    return X.reshape(N, C // 4, 2, 2, H, W).transpose(0, 1, 4, 2, 5, 3).reshape(N, C // 4, 2 * H, 2 * W)


def torch_lenet(t, X, labels, K1, b1, K2, b2, W1, c1, W2, c2):
    F = t.nn.functional
    for K, b in ((K1, b1), (K2, b2)):
        X = F.max_pool2d(t.relu(F.conv2d(X, K, b)), 2)
    return F.cross_entropy(t.relu(X.flatten(1) @ W1 + c1) @ W2 + c2, labels)


def jax_lenet(j, X, labels, K1, b1, K2, b2, W1, c1, W2, c2):
    for K, b in ((K1, b1), (K2, b2)):
        X = jax_pool(j, j.nn.relu(jax_conv(j, X, K, b)), -j.numpy.inf, j.lax.max)
    return jax_labels_loss(j, j.nn.relu(X.reshape(len(X), -1) @ W1 + c1) @ W2 + c2, labels)


OPPONENTS: dict[str, Opponent] = {
    # numbers
    "add": Opponent(lambda t, x, y: x + y, lambda j, x, y: j.numpy.add(x, y)),
    "mul": Opponent(lambda t, x, y: x * y, lambda j, x, y: j.numpy.multiply(x, y)),
    "square_of_sum": Opponent(lambda t, x, y: t.square(x + y), lambda j, x, y: (x + y) ** 2),
    "apple": Opponent(
        lambda t, apple, count, tax: apple * count * tax, lambda j, apple, count, tax: tax * count * apple
    ),
    "apples_and_oranges": Opponent(
        lambda t, apple, apples, orange, oranges, tax: tax * (apple * apples + orange * oranges),
        lambda j, a, n, o, m, tax: j.numpy.dot(j.numpy.stack([a, o]), j.numpy.stack([n, m])) * tax,
    ),
    # linear
    "affine": Opponent(lambda t, X, W, b: t.addmm(b, X, W), lambda j, X, W, b: X @ W + b),
    "affine_torch": Opponent(lambda t, X, W, b: t.nn.functional.linear(X, W, b), lambda j, X, W, b: X @ W.T + b),
    "affine_columns": Opponent(lambda t, x, W, b: t.addmv(b, W, x), lambda j, x, W, b: W @ x + b),
    "bilinear": Opponent(
        lambda t, X, Z, W, b: t.nn.functional.bilinear(X, Z, W, b),
        lambda j, X, Z, W, b: j.numpy.einsum("nd,hdk,nk->nh", X, W, Z) + b,
    ),
    "quadratic_form": Opponent(lambda t, x, A: t.einsum("i,ij,j", x, A, x), lambda j, x, A: x @ A @ x),
    "log_det": Opponent(lambda t, A: t.linalg.slogdet(A)[1], lambda j, A: j.numpy.linalg.slogdet(A)[1]),
    "determinant": Opponent(lambda t, A: t.linalg.det(A), lambda j, A: j.numpy.linalg.det(A)),
    "frobenius_norm": Opponent(lambda t, A: t.linalg.matrix_norm(A), lambda j, A: j.numpy.linalg.norm(A)),
    "trace": Opponent(lambda t, A: t.trace(A), lambda j, A: j.numpy.trace(A)),
    "inverse": Opponent(lambda t, A: t.linalg.inv(A), lambda j, A: j.numpy.linalg.inv(A)),
    "gaussian_full_covariance": Opponent(torch_gaussian, jax_gaussian),
    # laid out anew
    "concat": Opponent(lambda t, A, B: t.cat([A, B], 1), lambda j, A, B: j.numpy.concatenate([A, B], axis=1)),
    "flatten": Opponent(lambda t, X: t.flatten(X, 1), lambda j, X: X.reshape(X.shape[0], X[0].size)),
    "pixel_shuffle": Opponent(lambda t, X: t.nn.functional.pixel_shuffle(X, 2), jax_pixel_shuffle),
    "residual": Opponent(lambda t, X, F: X + F, lambda j, X, F: X + F),
    "dropout": Opponent(lambda t, X, M: X * M * 2, lambda j, X, M: X * M / 0.5),
    # activations
    "identity": Opponent(lambda t, U: U.clone(), lambda j, U: U),
    "relu": Opponent(lambda t, U: t.relu(U), lambda j, U: j.nn.relu(U)),
    "leaky_relu": Opponent(lambda t, U: t.nn.functional.leaky_relu(U), lambda j, U: j.nn.leaky_relu(U)),
    "prelu": Opponent(lambda t, U, a: t.nn.functional.prelu(U, a), lambda j, U, a: j.numpy.where(U > 0, U, a * U)),
    "elu": Opponent(lambda t, U: t.nn.functional.elu(U), lambda j, U: j.nn.elu(U)),
    "sigmoid": Opponent(lambda t, U: t.sigmoid(U), lambda j, U: j.nn.sigmoid(U)),
    "tanh": Opponent(lambda t, U: t.tanh(U), lambda j, U: j.numpy.tanh(U)),
    "softplus": Opponent(lambda t, U: t.logaddexp(U, t.zeros_like(U)), lambda j, U: j.nn.softplus(U)),
    "silu": Opponent(lambda t, U: t.nn.functional.silu(U), lambda j, U: j.nn.silu(U)),
    "gelu": Opponent(lambda t, U: t.nn.functional.gelu(U), lambda j, U: j.nn.gelu(U, approximate=False)),
    "gelu_tanh": Opponent(
        lambda t, U: t.nn.functional.gelu(U, approximate="tanh"), lambda j, U: j.nn.gelu(U, approximate=True)
    ),
    "hard_tanh": Opponent(lambda t, U: t.nn.functional.hardtanh(U), lambda j, U: j.nn.hard_tanh(U)),
    # reductions
    "sum": Opponent(lambda t, X: X.sum(1), lambda j, X: j.numpy.sum(X, axis=1)),
    "mean": Opponent(lambda t, X: X.mean(1), lambda j, X: j.numpy.mean(X, axis=1)),
    "product": Opponent(lambda t, X: X.prod(1), lambda j, X: j.numpy.prod(X, axis=1)),
    "max": Opponent(lambda t, X: X.amax(1), lambda j, X: j.numpy.max(X, axis=1)),
    "log_sum_exp": Opponent(lambda t, Z: t.logsumexp(Z, 1), lambda j, Z: j.nn.logsumexp(Z, axis=1)),
    "softmax": Opponent(lambda t, Z: t.softmax(Z, 1), lambda j, Z: j.nn.softmax(Z, axis=1)),
    "log_softmax": Opponent(lambda t, Z: t.log_softmax(Z, 1), lambda j, Z: j.nn.log_softmax(Z, axis=1)),
    "cosine_similarity": Opponent(
        lambda t, A, B: t.cosine_similarity(A, B, eps=0),
        lambda j, A, B: j.vmap(lambda a, b: a @ b / (j.numpy.linalg.norm(a) * j.numpy.linalg.norm(b)))(A, B),
    ),
    # norms
    "batch_norm": Opponent(
        lambda t, X, g, b: t.nn.functional.batch_norm(X, None, None, g, b, training=True),
        lambda j, X, g, b: jax_norm(j, X, g, b, axis=0),
        empty=False,
    ),
    "layer_norm": Opponent(lambda t, X, g, b: t.nn.functional.layer_norm(X, (len(g),), g, b), jax_norm),
    "rms_norm": Opponent(
        lambda t, X, g: t.nn.functional.rms_norm(X, (len(g),), g, eps=1e-6),
        lambda j, X, g: g * X * j.lax.rsqrt((X * X).mean(-1, keepdims=True) + 1e-6),
    ),
    # cells and attention
    "rnn_cell": Opponent(
        lambda t, x, h, W, R, b: t._VF.rnn_tanh_cell(x, h, W.T, R.T, b, t.zeros_like(b)),
        lambda j, x, h, W, R, b: j.numpy.tanh(x @ W + h @ R + b),
    ),
    "lstm_cell": Opponent(torch_lstm_cell, jax_lstm_cell),
    "rnn": Opponent(lambda t, x, h0, W, R, b: torch_recurrent(t, "rnn_tanh", x, [h0], [W], [R], [b]), jax_rnn),
    "lstm": Opponent(lambda t, x, h0, c0, *w: torch_recurrent(t, "lstm", x, [h0, c0], w[:4], w[4:8], w[8:]), jax_lstm),
    "gru": Opponent(torch_gru, jax_gru),
    "char_rnn": Opponent(
        torch_char_rnn,
        lambda j, token, target, h0, E, W, R, b, Q, a: jax_labels_loss(
            j, jax_rnn(j, E[token], h0, W, R, b) @ Q + a, target
        ),
        empty=False,
    ),
    "attention": Opponent(
        lambda t, Q, K, V: t.nn.functional.scaled_dot_product_attention(Q, K, V),
        lambda j, Q, K, V: j.nn.softmax(Q @ K.mT / Q.shape[2] ** 0.5) @ V,
    ),
    "masked_attention": Opponent(
        lambda t, Q, K, V, M: t.nn.functional.scaled_dot_product_attention(Q, K, V, attn_mask=M),
        lambda j, Q, K, V, M: j.nn.softmax(Q @ K.mT / Q.shape[2] ** 0.5 + M) @ V,
    ),
    "causal_attention": Opponent(
        lambda t, Q, K, V: t.nn.functional.scaled_dot_product_attention(Q, K, V, is_causal=True),
        lambda j, Q, K, V: j.nn.softmax(Q @ K.mT / Q.shape[2] ** 0.5, where=j.numpy.tri(Q.shape[1], dtype=bool)) @ V,
    ),
    "multi_head_attention": Opponent(torch_heads, jax_heads),
    "split_head_attention": Opponent(torch_split_heads, jax_split_heads),
    "transformer_block": Opponent(torch_block, jax_block),
    # windows and gathers
    "conv1d": Opponent(
        lambda t, X, K, b: t.nn.functional.conv1d(X, K, b), jax_conv, sizes={"N": 2, "C": 3, "T": 11, "O": 4, "R": 5}
    ),
    "conv2d": Opponent(lambda t, X, K, b: t.nn.functional.conv2d(X, K, b), jax_conv, sizes=IMAGES),
    "grouped_conv1d": Opponent(
        lambda t, X, K, b: t.nn.functional.conv1d(X, K, b, groups=2),
        lambda j, X, K, b: jax_conv(j, X, K, b, groups=2),
        sizes={"N": 2, "C": 3, "T": 11, "P": 4, "R": 5},
    ),
    "grouped_conv2d": Opponent(
        lambda t, X, K, b: t.nn.functional.conv2d(X, K, b, groups=2),
        lambda j, X, K, b: jax_conv(j, X, K, b, groups=2),
        sizes=IMAGES | {"P": 4},
    ),
    "max_pool2d": Opponent(
        lambda t, X: t.nn.functional.max_pool2d(X, 2), lambda j, X: jax_pool(j, X, -j.numpy.inf, j.lax.max)
    ),
    "avg_pool2d": Opponent(
        lambda t, X: t.nn.functional.avg_pool2d(X, 2), lambda j, X: jax_pool(j, X, 0.0, j.lax.add) / 4
    ),
    "embedding": Opponent(lambda t, token, E: t.nn.functional.embedding(token, E), lambda j, token, E: E[token]),
    # losses
    "squared_error": Opponent(lambda t, Y, T: t.dist(Y, T) ** 2 / 2, lambda j, Y, T: 0.5 * j.numpy.vdot(Y - T, Y - T)),
    "mean_squared_error": Opponent(
        lambda t, Y, T: t.nn.functional.mse_loss(Y, T, reduction="sum") / (2 * len(Y)),
        lambda j, Y, T: ((Y - T) ** 2).sum(1).mean() / 2,
        empty=False,
    ),
    "mean_absolute_error": Opponent(
        lambda t, Y, T: t.nn.functional.l1_loss(Y, T), lambda j, Y, T: j.numpy.abs(Y - T).mean(), empty=False
    ),
    "huber": Opponent(
        lambda t, Y, T: t.nn.functional.huber_loss(Y, T),
        lambda j, Y, T: (lambda r: (r * (j.numpy.abs(Y - T) - r / 2)).mean())(j.numpy.minimum(j.numpy.abs(Y - T), 1)),
        empty=False,
    ),
    "hinge": Opponent(
        lambda t, S, T: t.nn.functional.multi_margin_loss(S, T.argmax(1)) * S.shape[1],
        lambda j, S, T: (j.nn.relu(1 + S - S[T == 1][:, None]).sum(1) - 1).mean(),
        empty=False,
    ),
    "cross_entropy": Opponent(
        lambda t, P, T: -t.xlogy(T, P).sum() / len(P),
        lambda j, P, T: -(T * j.numpy.log(P)).sum(1).mean(),
        positive=("P",),
        empty=False,
    ),
    "cross_entropy_eps": Opponent(
        lambda t, P, T: -t.xlogy(T, P + 1e-7).sum() / len(P),
        lambda j, P, T: -(T * j.numpy.log(P + 1e-7)).sum(1).mean(),
        positive=("P",),
        empty=False,
    ),
    "softmax_cross_entropy": Opponent(torch_softmax_loss, jax_softmax_loss, empty=False),
    "softmax_cross_entropy_eps": Opponent(
        lambda t, Z, T: -(T * t.log(t.softmax(Z, 1) + 1e-7)).sum() / len(Z),
        lambda j, Z, T: -(T * j.numpy.log(j.nn.softmax(Z) + 1e-7)).sum(1).mean(),
        empty=False,
    ),
    "softmax_cross_entropy_labels": Opponent(torch_softmax_loss, jax_labels_loss, empty=False),
    "binary_cross_entropy_with_logits": Opponent(
        lambda t, Z, T: t.nn.functional.binary_cross_entropy_with_logits(Z, T),
        lambda j, Z, T: -(T * j.nn.log_sigmoid(Z) + (1 - T) * j.nn.log_sigmoid(-Z)).mean(),
        empty=False,
    ),
    "kl_divergence": Opponent(
        lambda t, Q, P: t.nn.functional.kl_div(Q.log(), P, reduction="batchmean"),
        lambda j, Q, P: j.scipy.special.rel_entr(P, Q).sum(1).mean(),
        positive=("Q",),
        empty=False,
    ),
    "gaussian_negative_log_likelihood": Opponent(
        lambda t, mu, var, y: t.nn.functional.gaussian_nll_loss(mu, y, var, full=True),
        lambda j, mu, var, y: -j.scipy.stats.norm.logpdf(y, mu, j.numpy.sqrt(var)).mean(),
        positive=("var",),
        empty=False,
    ),
    "l2_penalty": Opponent(lambda t, W: 1e-4 / 2 * W.pow(2).sum(), lambda j, W: 1e-4 * j.numpy.vdot(W, W) / 2),
    # networks
    "two_layer_net": Opponent(
        lambda t, X, T, W1, b1, W2, b2: torch_softmax_loss(t, t.relu(X @ W1 + b1) @ W2 + b2, T),
        lambda j, X, T, W1, b1, W2, b2: jax_softmax_loss(j, j.nn.relu(X @ W1 + b1) @ W2 + b2, T),
        empty=False,
    ),
    "mlp": Opponent(torch_mlp, jax_mlp, empty=False),
    "lenet": Opponent(
        torch_lenet,
        jax_lenet,
        empty=False,
        sizes={
            "N": 3,
            "C": 2,
            "H": 17,
            "W": 15,
            "O1": 4,
            "R1": 3,
            "S1": 2,
            "O2": 5,
            "R2": 2,
            "S2": 3,
            "H2": 7,
            "H3": 6,
        },
    ),
    "gpt2": Opponent(torch_gpt2, jax_gpt2, empty=False),
    "three_layer_net": Opponent(
        lambda t, X, y, W1, b1, W2, b2, W3, b3: (
            ((t.relu(t.relu(X @ W1 + b1) @ W2 + b2) @ W3 + b3 - y) ** 2).sum(1).mean() / 2
        ),
        lambda j, X, y, W1, b1, W2, b2, W3, b3: (
            ((j.nn.relu(j.nn.relu(X @ W1 + b1) @ W2 + b2) @ W3 + b3 - y) ** 2).sum(1).mean() / 2
        ),
        empty=False,
    ),
    "sigmoid_net": Opponent(
        lambda t, x, y, W1, b1, W2, b2: ((W2 @ t.sigmoid(W1 @ x + b1) + b2 - y) ** 2).sum() / 2,
        lambda j, x, y, W1, b1, W2, b2: ((W2 @ j.nn.sigmoid(W1 @ x + b1) + b2 - y) ** 2).sum() / 2,
    ),
    "sigmoid_net_rows": Opponent(
        lambda t, X, y, W1, b1, W2, b2: ((t.sigmoid(X @ W1.T + b1) @ W2.T + b2 - y) ** 2).sum(1).mean() / 2,
        lambda j, X, y, W1, b1, W2, b2: ((j.nn.sigmoid(X @ W1.T + b1) @ W2.T + b2 - y) ** 2).sum(1).mean() / 2,
        empty=False,
    ),
    "tied_autoencoder": Opponent(
        lambda t, X, W, b, c: ((t.sigmoid(X @ W + b) @ W.T + c - X) ** 2).sum(1).mean() / 2,
        lambda j, X, W, b, c: ((j.nn.sigmoid(X @ W + b) @ W.T + c - X) ** 2).sum(1).mean() / 2,
        empty=False,
    ),
}
