import numpy as np


def linear_forward(A, W, b):
    Z = np.dot(W, A) + b
    assert Z.shape == (W.shape[0], A.shape[1])
    cache = (A, W, b)
    return Z, cache


def linear_backward(dZ, cache):
    A_prev, W, b = cache
    m = A_prev.shape[1]
    dW = np.dot(dZ, A_prev.T)
    db = np.sum(dZ, axis=1, keepdims=True)
    dA_prev = np.dot(W.T, dZ)
    return dA_prev, dW, db


def forward_propagation(X, parameters):
    W1 = parameters["W1"]
    b1 = parameters["b1"]
    W2 = parameters["W2"]
    b2 = parameters["b2"]
    Z1 = np.dot(W1, X) + b1
    A1 = np.tanh(Z1)
    Z2 = np.dot(W2, A1) + b2
    A2 = 1 / (1 + np.exp(-Z2))
    cache = {"Z1": Z1, "A1": A1, "Z2": Z2, "A2": A2}
    return A2, cache


def compute_cost(A2, Y):
    m = Y.shape[1]
    logprobs = Y * np.log(A2) + (1 - Y) * np.log(1 - A2)
    return -np.sum(logprobs) / m


def backward_propagation(parameters, cache, X, Y):
    m = X.shape[1]
    W2 = parameters["W2"]
    A1, A2 = cache["A1"], cache["A2"]
    dZ2 = A2 - Y
    dW2 = 1 / m * np.dot(dZ2, A1.T)
    db2 = 1 / m * np.sum(dZ2, axis=1, keepdims=True)
    dZ1 = np.dot(W2.T, dZ2) * (1 - np.power(A1, 2))
    dW1 = 1 / m * np.dot(dZ1, X.T)
    db1 = 1 / m * np.sum(dZ1, axis=1, keepdims=True)
    return {"dW1": dW1, "db1": db1, "dW2": dW2, "db2": db2}


def mlp_forward(params, x):
    h = np.maximum(0, x @ params["W1"] + params["b1"])
    out = h @ params["W2"] + params["b2"]
    return out, (x, h, params)


def mlp_backward(dout, cache):
    x, h, params = cache
    grads = {}
    grads["W2"] = h.T @ dout
    grads["b2"] = dout.sum(axis=0)
    dh = dout @ params["W2"].T
    dh[h <= 0] = 0
    grads["W1"] = x.T @ dh
    grads["b1"] = dh.sum(axis=0)
    return dh @ params["W1"].T, grads


def gated_forward(params, x):
    a = x @ params["W"]
    g = 1 / (1 + np.exp(-(x @ params["V"])))
    return a * g, (x, a, g, params)


def gated_backward(dout, cache):
    x, a, g, params = cache
    da = dout * g
    dg = dout * a
    grads = {"W": x.T @ da, "V": x.T @ dg}
    dx = da @ params["W"].T + dg @ params["V"].T
    return dx, grads
