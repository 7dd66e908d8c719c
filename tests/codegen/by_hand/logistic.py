import numpy as np


class LogisticRegression:
    def __init__(self, w, b):
        self.w = w
        self.b = b

    def forward(self, X):
        self.X = X
        self.p = 1.0 / (1.0 + np.exp(-(X @ self.w + self.b)))
        return self.p

    def backward(self, dp):
        dz = dp * self.p * (1 - self.p)
        self.dw = self.X.T @ dz
        self.db = dz.sum()
        return np.outer(dz, self.w)


def compute_cost(X, y, w, b):
    m = X.shape[0]
    f = 1 / (1 + np.exp(-(X @ w + b)))
    return -np.mean(y * np.log(f) + (1 - y) * np.log(1 - f))


def compute_gradient(X, y, w, b):
    m, n = X.shape
    dj_dw = np.zeros(n)
    dj_db = 0.0
    for i in range(m):
        z = 0
        for j in range(n):
            z += X[i, j] * w[j]
        z += b
        f_wb = 1 / (1 + np.exp(-z))
        err = f_wb - y[i]
        for j in range(n):
            dj_dw[j] += err * X[i, j]
        dj_db += err
    return dj_dw, dj_db / m


def propagate(w, b, X, Y):
    """Coursera style: columns are samples, w is (n, 1)."""
    m = X.shape[1]
    A = 1 / (1 + np.exp(-(np.dot(w.T, X) + b)))
    cost = -1 / m * np.sum(Y * np.log(A) + (1 - Y) * np.log(1 - A))
    dw = 1 / m * np.dot(X, (A - Y).T)
    db = 1 / m * np.sum(A - Y)
    grads = {"dw": dw, "db": db}
    return grads, cost


def propagate_slip(w, b, X, Y):
    m = X.shape[1]
    A = 1 / (1 + np.exp(-(np.dot(w.T, X) + b)))
    cost = -1 / m * np.sum(Y * np.log(A) + (1 - Y) * np.log(1 - A))
    dw = np.dot(X, (A - Y).T)
    db = 1 / m * np.sum(A - Y)
    grads = {"dw": dw, "db": db}
    return grads, cost
