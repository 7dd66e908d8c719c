"""Layers as users might write them, each with a trait of its own; the names say which.

No layer of the library is among them. Every axis has a size of its own, so that no transposed formula can pass.
"""

from __future__ import annotations

SIZES = {"N": 3, "D": 4, "H": 5, "C": 2, "M": 6, "K": 7, "T": 8, "A": 2, "B": 3, "G": 9, "W": 10, "O": 11}

ZOO: dict[str, str] = {
    # scalar functions defined in place
    "function": "silu(x) = x * sigmoid(x)\nX: input [N, D]\nY = silu(X)",
    "function_of_two": "f(x, y) = x * sigmoid(y)\nX, Z: input [N, D]\nY = f(X, Z) + f(Z, X)",
    "function_in_function": "f(x) = x * sigmoid(x)\ng(x) = f(x)**2 + f(2*x)\nX: input [N, D]\nY = g(X)",
    "function_with_branches": "elu(x) = where(x > 0, x, exp(x) - 1)\nX: input [N, D]\nY = elu(X)",
    "function_with_hyperparameter": "layer swish(beta = 1.5)\nf(x) = x * sigmoid(beta*x)\nX: input [N, D]\nY = f(X)",
    "gelu": "gelu(x) = x*(1 + tanh(sqrt(2/pi)*(x + 0.044715*x**3)))/2\nX: input [N, D]\nY = gelu(X)",
    "huber": (
        "huber(r) = where(r > 1, r - 1/2, where(r < -1, -r - 1/2, r**2/2))\n"
        "X: input [N, D]; T: target [N, D]\nL = mean(huber(X - T))"
    ),
    # several inputs, several outputs, paths that join
    "two_inputs": "A, B: input [N, D]\nY = A * B + sigmoid(A)",
    "two_outputs": "X: input [N, D]; W: param [D, H]\nY = X @ W\nZ = tanh(Y)\nR = sum(Y, axis=H)",
    "two_losses": "X: input [N, D]\na = sum(X**2)\nb = sum(tanh(X))",
    "the_input_twice": "X: input [N, D]\nY = X\nZ = X",
    "only_names": "X: input [N, D]\nA = X\nB = A\nY = B",
    "only_scalar_names": "x: input\na = x\ny = a",
    "fan_out": "X: input [N, D]\nA = tanh(X)\nB = X**2\nY = A * B + X",
    "fan_out_through_a_product": "X: input [N, D]; W: param [D, D]\nA = X @ W\nY = A * X + sigmoid(A) * A",
    "residual": "X: input [N, D]; W: param [D, D]; b: param [D]\nU = affine(X, W, b)\nA = tanh(U)\nY = X + A",
    "weights_used_twice": "X: input [N, D]; W: param [D, H]\nZ = tanh(X @ W)\nY = Z @ W.T",
    "layer_used_twice": "X: input [N, D]; W: param [D, D]; b: param [D]\nZ = tanh(X @ W + b)\nY = tanh(Z @ W + b)",
    # a tensor twice in one product
    "gram_of_columns": "X: input [N, D]\nG = X.T @ X",
    "gram_of_rows": "X: input [N, D]\nG = X @ X.T",
    "square_matrix_squared": "A: input [D, D]\nY = A @ A",
    "square_matrix_cubed": "A: input [D, D]\nY = A @ A @ A",
    "quadratic_form": "x: input [D]; A: param [D, D]\nz = x @ A @ x",
    "symmetric_quadratic_form": "x: input [D]; A: constant [D, D], symmetric\nz = x @ A @ x",
    "dot_with_itself": "x: input [D]\nz = x @ x",
    "gram_squared": "X: input [N, D]\nL = sum[n, m](sum[d](X[n, d] * X[m, d])**2)",
    "product_of_two_products": "X: input [N, D]; W, V: param [D, H]\nY = (X @ W) * sigmoid(X @ V)",
    # index notation and more than two axes
    "rows_of_rows": "X: input [N, T, D]; W: param [D, H]\nY[n, t, h] = sum[d](X[n, t, d] * W[d, h])",
    "two_axes_contracted": "X: input [N, T, D]; W: param [T, D, H]\nY[n, h] = sum[t, d](X[n, t, d] * W[t, d, h])",
    "batched_product": "A: input [N, T, D]; B: input [N, D, H]\nY[n, t, h] = sum[d](A[n, t, d] * B[n, d, h])",
    "two_batch_axes": (
        "Q: input [N, H, T, K]; R: input [N, H, M, K]\nS[n, h, t, m] = sum[k](Q[n, h, t, k] * R[n, h, m, k])"
    ),
    "heads": "X: input [N, T, D]; W: param [D, H, K]\nQ[n, h, t, k] = sum[d](X[n, t, d] * W[d, h, k])",
    "attention": (
        "Q: input [N, T, D]; K: input [N, M, D]; V: input [N, M, H]\n"
        "S[n, t, m] = sum[d](Q[n, t, d] * K[n, m, d]) / sqrt(D)\n"
        "P = softmax(S, axis=M)\nY[n, t, h] = sum[m](P[n, t, m] * V[n, m, h])"
    ),
    "rank_four": "X: input [A, B, C, D]; W: param [C, D, H]\nY[a, b, h] = sum[c, d](X[a, b, c, d] * W[c, d, h])",
    "middle_axis_contracted": "X: input [A, B, C, D]; W: param [B, H]\nY[a, h, c, d] = sum[b](X[a, b, c, d] * W[b, h])",
    "bilinear": (
        "X: input [N, D]; Z: input [N, H]; W: param [D, K, H]\nY[n, k] = sum[d, h](X[n, d] * W[d, k, h] * Z[n, h])"
    ),
    "mixture": (
        "X: input [N, D]; R: param [D, K]; W: param [K, D, H]\nP = softmax(X @ R, axis=K)\n"
        "Y[n, h] = sum[k, d](P[n, k] * X[n, d] * W[k, d, h])"
    ),
    "outer_product": "u: input [N]; v: input [D]\nY[n, d] = u[n] * v[d]",
    "outer_product_of_three": "u: input [N]; v: input [D]; w: input [H]\nY[n, d, h] = u[n] * v[d] * w[h]",
    "outer_product_in_a_batch": "X: input [N, D]; Y: input [N, H]\nZ[n, d, h] = X[n, d] * Y[n, h]",
    "kronecker_product": "A: input [N, D]; B: input [H, K]\nY[n, h, d, k] = A[n, d] * B[h, k]",
    "transposed_result": "X: input [N, D]; W: param [D, H]\nY[h, n] = sum[d](X[n, d] * W[d, h])",
    "only_transposed": "X: input [N, D]\nY = X.T",
    "diagonal": "A: input [D, D]\ny[d] = A[d, d]**2",
    "trace": "A: input [D, D]\ny = sum[d](A[d, d])",
    "trace_of_a_product": (
        "A: input [N, D]; X: param [D, H]; B: input [H, K]; C: input [K, N]\n"
        "t = sum[n, d, h, k](A[n, d] * X[d, h] * B[h, k] * C[k, n])"
    ),
    "identity_matrix": "A: input [D, D]\nY[i, j] = A[i, j] - delta(i, j)",
    "distances": "X: input [N, D]; Y: input [M, D]\nG[n, m] = exp(-sum[d]((X[n, d] - Y[m, d])**2)/2)",
    "centred_columns": "X: input [N, D]\nY[n, d] = X[n, d] - sum[m](X[m, d])/N",
    "sum_over_one_axis_each": "X: input [N, D]; b: param [H]\nL = sum[n, d, h](X[n, d] * b[h])",
    # reductions and broadcasting
    "sum_of_all": "X: input [N, D]\nL = sum(X)",
    "sum_of_rows": "X: input [N, D]\ny = sum(X, axis=D)",
    "sum_of_columns": "X: input [N, D]\ny = sum(X, axis=N) * D",
    "mean_of_columns": "X: input [N, D]\ny = mean(X, axis=N) - mean(X)",
    "norm_of_rows": "X: input [N, T, D]\nY = X / sqrt(sum(X**2, axis=D) + 1)",
    "mean_of_the_middle": "X: input [N, T, D]\nY = X - mean(X, axis=T)",
    "softmax_of_the_middle": "X: input [N, T, D]\nP = softmax(X, axis=T)",
    "softmax_of_columns": "X: input [N, D]\nP = softmax(X, axis=N)",
    "biases_of_two_axes": "X: input [N, T, D]; b: param [D]; c: param [T]\nY = X + b + c",
    "scales_of_two_axes": "X: input [N, D]; s: param [N]; t: param [D]\nY = X * s * t + s - t",
    "only_vectors": "s: param [N]; t: param [D]\nY[n, d] = exp(s[n]) / (1 + t[d]**2)",
    "only_vectors_summed": "s: param [N]; t: param [D]\nL = sum[n, d](tanh(s[n] * t[d]))",
    "layer_norm": (
        "X: input [N, D]; g, b: param [D]\nm = mean(X, axis=D)\nv = mean((X - m)**2, axis=D)\n"
        "Y = g * (X - m) / sqrt(v + 1e-5) + b"
    ),
    "layer_norm_in_one": (
        "X: input [N, D]\nY = (X - mean(X, axis=D)) / sqrt(mean((X - mean(X, axis=D))**2, axis=D) + 1e-5)"
    ),
    "batch_norm": (
        "X: input [N, D]; g, b: param [D]\nm = mean(X, axis=N)\nv = mean((X - m)**2, axis=N)\n"
        "Y = g * (X - m) / sqrt(v + 1e-5) + b"
    ),
    "rms_norm": "X: input [N, D]; g: param [D]\nY = g * X / sqrt(mean(X**2, axis=D) + 1e-6)",
    "cosine": "u, v: input [D]\ny = sum(u*v) / (sqrt(sum(u**2)) * sqrt(sum(v**2)))",
    "frobenius": "X: input [N, D]\ny = sqrt(sum(X**2))",
    # scalars, sizes, literal sizes, hyperparameters, no parameters
    "scalar_parameters": "X: input [N, D]; a, b: param\nY = a * X + b",
    "scalar_input": "x: input; X: input [N, D]\nY = x * X + x",
    "scaled_sum": "X: input [N, D]; a: param\nL = a * sum(X)",
    "temperature": "Z: input [N, C]; t: param\nP = softmax(Z / t)",
    "sizes": "X: input [N, D]\nL = sum(X**2)**2 / (N*D) * sqrt(D)",
    "literal_sizes": "X: input [N, 3]; W: param [3, H]; b: param [H]\nY = X @ W + b",
    "literal_vector": "x: input [3]; A: constant [3, 3]\ny = A @ x",
    "hyperparameters": "layer scale(a = 1/3, b = -2, c = 1e-12)\nX: input [N, D]\nY = a*X + b*X**2 + c",
    "hyperparameter_of_a_branch": "layer leaky(slope = 0.1)\nX: input [N, D]\nY = where(X > 0, X, slope*X)",
    "hyperparameter_as_exponent": "layer p(p = 3)\nX: input [N, D]\nY = (1 + X**2)**p",
    "constant_matrix": "X: input [N, D]; A: constant [D, D]\nY = X @ A",
    "constants": "a: input [N]\ny = exp(-a**2/2) / sqrt(2*pi) + e**a",
    "no_dependence": "X, Z: input [N, D]\nL = sum(0*X + Z**2)",
    # brackets, signs, powers
    "differences": "a, b: input [N]\ny = a - (b - a) - (a - (b - 3*a))",
    "quotients": "a, b: input [N]\ny = (1 + a**2)/((1 + b**2)/(2 + a**2))",
    "quotient_of_quotients": "a, b, c: input [N]\ny = a/(1 + b**2)/(1 + c**2)",
    "negative_powers": "a: input [N]\ny = (1 + a**2)**(-2) + (1 + a**2)**(-0.5) + 1/(2 + a**2)",
    "roots": "a: input [N]\ny = a / sqrt(1 + a**2) + sqrt(1 + a**2)/3",
    "power_of_a_power": "a, b: input [N]\ny = ((1 + a**2)**0.5)**(1 + b**2)",
    "exponent": "X: input [N, D]; p: param [D]\nY = (1 + X**2)**p",
    "negative": "x, z: input [N]\ny = -x*z/2 - 2 - -x",
    "square_of_a_negative": "x: input [N]\ny = (-(1 + x**2))**2",
    "polynomial": "x: input [N]\ny = 1 + 2*x - 3*x**2/4 + x**3",
    # branches
    "bracket": "a: input [N]\ny = (a > 0) * a**2 + (a <= 0) * sin(a)",
    "branch_of_two": "a, b: input [N]\ny = where(a > b, a*b, a - b)",
    "named_bracket": "a: input [N]\nm = a > 0\ny = m * a",
    "largest_of_two": "X, Y: input [N, D]\nZ = maximum(X, Y) + minimum(X, 2*Y)",
    "pinball": "X: input [N, D]; T: target [N, D]\nL = mean(maximum(0.3*(T - X), -0.7*(T - X)))",
    "hinge": (
        "S: input [N, C]; T: target [N, C], one-hot\ny = sum(S * T, axis=C)\n"
        "L = sum((1 - T) * maximum(S - y + 1, 0)) / N"
    ),
    "triplet": ("A, P, Q: input [N, D]\nL = mean(relu(sum((A - P)**2, axis=D) - sum((A - Q)**2, axis=D) + 1))"),
    # losses and cells
    "regularised": (
        "X: input [N, D]; W: param [D, H]; T: target [N, H]\nU = X @ W\nL = sum((U - T)**2)/(2*N) + 0.1*sum(W**2)"
    ),
    "factorisation": "A: constant [N, D]; U: param [N, K]; V: param [K, D]\nL = sum((A - U @ V)**2)/2 + sum(U**2)/2",
    "kl_divergence": (
        "Z: input [N, C]; T: target [N, C], sum over C = 1\nP = softmax(Z)\nL = sum(T * (log(T + 0.001) - log(P))) / N"
    ),
    "entropy": "Z: input [N, C]\nP = softmax(Z)\nE = -sum(P * log(P), axis=C)",
    "weighted_classes": (
        "Z: input [N, C]; T: target [N, C]; w: constant [C]\nP = softmax(Z)\nL = -sum(w * T * log(P)) / N"
    ),
    "one_sample": "z: input [C]; t: target [C], sum over C = 1\np = softmax(z)\nL = -sum(t * log(p))",
    "contrastive": (
        "X: input [N, D]; Y: input [M, D]; T: target [N, M], one-hot\nS = X @ Y.T\nL = softmax_cross_entropy(S, T)"
    ),
    "gaussian": "m, s: input [N]; y: target [N]\nL = mean((y - m)**2 * exp(-s) + s)/2",
    "lstm_cell": (
        "x: input [N, D]; h, c: input [N, H]; Wi, Wf, Wg, Wo: param [D, H]; Ri, Rf, Rg, Ro: param [H, H]\n"
        "i = sigmoid(x @ Wi + h @ Ri)\nf = sigmoid(x @ Wf + h @ Rf)\ng = tanh(x @ Wg + h @ Rg)\n"
        "o = sigmoid(x @ Wo + h @ Ro)\ncn = f*c + i*g\nhn = o*tanh(cn)"
    ),
    "gru_cell": (
        "x: input [N, D]; h: input [N, H]; Wz, Wr, Wn: param [D, H]; Rz, Rr, Rn: param [H, H]\n"
        "z = sigmoid(x @ Wz + h @ Rz)\nr = sigmoid(x @ Wr + h @ Rr)\nn = tanh(x @ Wn + r*(h @ Rn))\n"
        "hn = (1 - z)*n + z*h"
    ),
    # parts of arrays, other layouts, sizes as expressions, running sums, matrices
    "neighbours": "x: input [T]; Y[i: T-1] = x[i+1] - x[i]",
    "gated_halves": "X: input [N, 2*D]; A = X[:, :D]; B = X[:, D:]; Y = A * sigmoid(B)",
    "split_heads": ("layer heads(heads = 2)\nX: input [N, T, heads*K]; Q[n, h: heads, t, k: K] = X[n, t, h*K + k]"),
    "merged_heads": "O: input [N, H, T, K]; Y[n, t, d] = O[n, d // K, t, d % K]",
    "concatenated": "A: input [N, D]; B: input [N, H]; Y = concat(A, B, A, axis=1)",
    "flattened": "X: input [N, T, D]; Y = reshape(X, N, -1)",
    "pixels_from_channels": (
        "layer p(r = 2)\nX: input [N, C*r*r, H, W]; "
        "Y[n, c: C, y: H*r, x: W*r] = X[n, c*r*r + (y % r)*r + x % r, y // r, x // r]"
    ),
    "stacked": "a, b: input [N]; Y = stack(a, b, a*b, axis=1)",
    "padded": "x: input [N]; y = pad(x, axis=N, before=2, after=1)",
    "reversed_and_every_second": "x: input [N]; y = x[::-1]; z = x[::2]",
    "rotary": (
        "X: input [N, T, 2*K]; C, S: constant [T, K]; A = X[:, :, :K]; B = X[:, :, K:]; "
        "Y = concat(A*C - B*S, B*C + A*S, axis=-1)"
    ),
    "waves_side_by_side": (
        "X: input [N, D]; B: constant [D, K]; W: param [2*K, H]; U = X @ B\nY = concat(cos(U), sin(U), axis=1) @ W"
    ),
    "interleaved": "X: input [N, 2*K]; A = X[:, ::2]; B = X[:, 1::2]; Y = A * B",
    "lstm_cell_in_one_product": (
        "x: input [N, D]; h, c: input [N, H]; W: param [D, 4*H]; R: param [H, 4*H]; "
        "b: param [4*H]\nG = x @ W + h @ R + b\ni = sigmoid(G[:, :H])\nf = sigmoid(G[:, H:2*H])\n"
        "o = sigmoid(G[:, 2*H:3*H])\ng = tanh(G[:, 3*H:])\ncn = f*c + i*g\nhn = o*tanh(cn)"
    ),
    "group_norm": (
        "layer gqa(groups = 2)\nX: input [N, C, H, W]; g, b: param [C]\n"
        "U = reshape(X, N, groups, C/groups * H * W)\nm = mean(U, axis=2)\n"
        "v = mean((U - m)**2, axis=2)\nZ = reshape((U - m) / sqrt(v + 1e-5), N, C, H, W)\n"
        "Y[n, c, h, w] = Z[n, c, h, w] * g[c] + b[c]"
    ),
    "channel_shuffle": (
        "layer cs(groups = 2)\nX: input [N, groups*K, H, W]; "
        "Y = reshape(transpose(reshape(X, N, groups, K, H, W), 0, 2, 1, 3, 4), N, K*groups, H, W)"
    ),
    "running_softmax": "X: input [N, T]; E = exp(X); Y = E / cumsum(E, axis=T)",
    "running_sum_before": "X: input [N, T]; Y[n, t] = sum[s < t](X[n, s]**2)",
    "causal_product": "X: input [T, D]; S = X @ X.T; Y[t, d] = sum[s <= t](S[t, s] * X[s, d])",
    "mean_of_bins": "layer p(bins = 3)\nX: input [N, C, bins*K]; Y[n, c, i: bins] = mean[k: K](X[n, c, i*K + k])",
    "total_variation": (
        "X: input [N, H, W]; L = sum((X[:, 1:] - X[:, :-1])**2) + sum((X[:, :, 1:] - X[:, :, :-1])**2)"
    ),
    "nearest_neighbour": "X: input [N, C, H, W]; Y[n, c, i: 2*H, j: 2*W] = X[n, c, i // 2, j // 2]",
    "rolled": "x: input [N]; y = concat(x[1:], x[:1])",
    "solved": "A: param [D, D]; b: input [D]; x = solve(A, b)",
    "shown": "X: input [N, D]; H = tanh(X), output; Y = sum(H**2)",
    "moving_mean": "x: input [T]; y[i] = sum[k: 3](x[i + k]) / 3",
    "products": "X: input [N, D]; y = prod(X, axis=D)",
    "running_product": "X: input [N, T]; Y[n, t] = prod[s <= t](X[n, s])",
    "block_diag": ("A: input [B, K, K]; x: input [B*K]; y[i] = sum[k](A[i // K, i % K, k] * x[(i // K)*K + k])"),
    # what people build of attention, chains of states and experts
    "grouped_query_attention": (
        "layer gqa(groups = 2)\nQ: input [N, groups*G, T, D]; K, V: input [N, G, T, D]\n"
        "S[n, h, t, s] = sum[d](Q[n, h, t, d] * K[n, h // groups, s, d]) / sqrt(D)\nP = softmax(S)\n"
        "Y[n, h, t, d] = sum[s](P[n, h, t, s] * V[n, h // groups, s, d])"
    ),
    "rotary_embedding": (
        "X: input [N, T, 2*D]; c, s: constant [T, D]\n"
        "Y[n, t, k: 2*D] = where(k < D, X[n, t, k]*c[t, k] - X[n, t, k + D]*s[t, k], "
        "X[n, t, k - D]*s[t, k - D] + X[n, t, k]*c[t, k - D])"
    ),
    "mixture_of_experts": (
        "X: input [N, D]; G: param [D, M]; W: param [M, D, H]; p = softmax(X @ G)\n"
        "Y[n, h] = sum[m](p[n, m] * relu(sum[d](X[n, d]*W[m, d, h])))"
    ),
    # found by random layers
    "name_of_many_words": "Z: input [N, C]; v: input [N]; Q = sinh(tanh(exp(v - 2*Z) / exp(Z)))",
    "largest_of_differences": "X: input [N, D]; v: input [N]; R = tanh(max(X - v, axis=N))",
    "power_of_a_delta": "X: input [N, D]; Y[n, d] = X[n, d] * min[e: D](3**[d == e])",
    "quotient_below_a_masked_sum": (
        "X: input [N, D], zero outside; b: param [D]\n"
        "P[n: N, d] = log(sum[m](exp(X[m, d]/exp(tanh(X[m, d]))))) / exp(tanh(3*b[d]*X[n + d - 1, d]))"
    ),
    "numbers_and_comparisons": "b: param [D]; v: input [N]; P[d: D, n: N] = v[n]*sum[m: N](exp(3 - [n == m])) + 0*b[d]",
    "count_of_two_conditions": "a: input; v: input [N]; P = min(maximum(v*a, min(v, axis=N)), axis=N)",
    "log_of_a_masked_sum": "Z: input [N, C]\ny[n] = log(sum[c](where(c <= n, exp(Z[n, c]), 0)))",
    "masked_softmax_of_columns": (
        "Z: input [C, N]\nP[n, c] = where(c <= n, exp(Z[c, n]), 0) / sum[k](where(k <= n, exp(Z[k, n]), 0))"
    ),
    "flattened_and_passed": (
        "X: input [N, C, H, W]; W1: param [C*H*W, O]; b: param [O]; Y = affine(reshape(X, N, C*H*W), W1, b)"
    ),
}

# Layers whose generated code is not analytic (NumPy's abs and sign are not, softplus is built on abs, and the logarithm
# of a sigmoid on softplus): central differences judge them.
NOT_ANALYTIC: dict[str, str] = {
    "softplus": "X: input [N, D]\nY = softplus(X)",
    "softplus_by_hand": "X: input [N, D]\nY = log(1 + exp(X))",
    "mish": "mish(x) = x * tanh(log(1 + exp(x)))\nX: input [N, D]\nY = mish(X)",
    "absolute": "X: input [N, D]\nY = abs(X) * X**2",
    "sign": "X: input [N, D]\nY = sign(X) * X**2",
    "binary_cross_entropy": "X: input [N, D]; w: param [D]; y: target [N]\nz = X @ w\nL = mean(softplus(z) - y*z)",
    "logistic_regression": (
        "X: input [N, D]; w: param [D]; y: target [N]\nz = X @ w\np = sigmoid(z)\n"
        "L = -mean(y*log(p) + (1 - y)*log(1 - p))"
    ),
    "maxout": ("X: input [N, D*K]; Y[n, d: D] = max[k: K](X[n, d*K + k]) * 1; Wd: param [D]; Z = Y * Wd"),
    "inverses": "A: input [N, D, D]; B = inv(A); l = log_det(A)",
    "log_det_of_a_product": "A: param [D, D]; B: param [D, D]; L = log_det(A @ B.T) + trace(inv(A))",
    "symmetric_log_det": "A: param [D, D], symmetric; B: param [D, D]; l = log_det(A) + trace(A @ B)",
}
