/* Loops by hand: eight rows side by side, forward with what is kept, and in reverse. */
#include <math.h>
#include <stdlib.h>

#define L 8
#define EACH for (int l = 0; l < L; l++)
typedef double V[L] __attribute__((aligned(64)));
#pragma GCC optimize("fast-math")

#define DAYS 1000
static void load(V *to, const double *from, int count, long row, long rows) {
  EACH { long r = row + l < rows ? row + l : rows - 1; for (int t = 0; t < count; t++) to[t][l] = from[r * count + t]; }
}
static void keep(double *to, const V from, long row, long rows) { EACH if (row + l < rows) to[row + l] = from[l]; }

void run_garch(double **p, long rows) {
  static V x[DAYS], s[DAYS];
  for (long row = 0; row < rows; row += L) {
    V o, a, b, rest, total = {0}, g = {0}, go = {0}, ga = {0}, gb = {0};
    load(x, p[0], DAYS, row, rows); load(&o, p[1], 1, row, rows); load(&a, p[2], 1, row, rows); load(&b, p[3], 1, row, rows);
    EACH { rest[l] = 1 / (1 - a[l] - b[l]); s[0][l] = o[l] * rest[l]; }
    for (int t = 1; t < DAYS; t++)
      EACH { s[t][l] = o[l] + a[l] * x[t-1][l] * x[t-1][l] + b[l] * s[t-1][l]; total[l] += log(s[t][l]) + x[t][l] * x[t][l] / s[t][l]; }
    for (int t = DAYS - 1; t > 0; t--)
      EACH {
        double i = 1 / s[t][l], q = x[t][l] * i;
        g[l] += i - q * q; go[l] += g[l]; ga[l] += g[l] * x[t-1][l] * x[t-1][l]; gb[l] += g[l] * s[t-1][l]; g[l] *= b[l];
      }
    EACH { go[l] += g[l] * rest[l]; ga[l] += g[l] * s[0][l] * rest[l]; gb[l] += g[l] * s[0][l] * rest[l]; }
    keep(p[4], total, row, rows); keep(p[5], go, row, rows); keep(p[6], ga, row, rows); keep(p[7], gb, row, rows);
  }
}

#define N 4
#define TIMES 200
static const double F[N][N] = {{1, 0.5, 0.125, 0}, {0, 1, 0.5, 0.125}, {0, 0, 1, 0.5}, {0, 0, 0, 1}};
#define NOISE(i, j) ((i) == (j) ? 0.11 : 0.01)
#define ALL(i) for (int i = 0; i < N; i++)

static inline void moved(V to[N][N], V from[N][N], int turned) {
  V between[N][N];
  ALL(i) ALL(j) { EACH between[i][j][l] = 0;
    ALL(k) { double f = turned ? F[k][i] : F[i][k]; if (f) EACH between[i][j][l] += f * from[k][j][l]; } }
  ALL(i) ALL(j) { EACH to[i][j][l] = 0;
    ALL(k) { double f = turned ? F[k][j] : F[j][k]; if (f) EACH to[i][j][l] += f * between[i][k][l]; } }
}

void run_kalman(double **p, long rows) {
  static V y[TIMES], spreads[TIMES][N][N], errors[TIMES];
  for (long row = 0; row < rows; row += L) {
    V q, r, x[N], m[N], P[N][N], g[N][N] = {0}, gs[N] = {0}, gk[N], total = {0}, gq = {0}, gr = {0};
    load(y, p[0], TIMES, row, rows); load(&q, p[1], 1, row, rows); load(&r, p[2], 1, row, rows);
    ALL(i) { EACH x[i][l] = 0; ALL(j) EACH P[i][j][l] = i == j; }
    for (int t = 0; t < TIMES; t++) {
      V (*h)[N] = spreads[t], in;
      ALL(i) { EACH m[i][l] = 0; ALL(k) if (F[i][k]) EACH m[i][l] += F[i][k] * x[k][l]; }
      moved(h, P, 0);
      ALL(i) ALL(j) EACH h[i][j][l] += q[l] * NOISE(i, j);
      EACH { double s = h[0][0][l] + r[l]; in[l] = 1 / s; errors[t][l] = y[t][l] - m[0][l];
        total[l] += log(s) + errors[t][l] * errors[t][l] * in[l]; }
      ALL(i) { EACH x[i][l] = m[i][l] + h[i][0][l] * in[l] * errors[t][l]; ALL(j) EACH P[i][j][l] = h[i][j][l] - h[i][0][l] * in[l] * h[0][j][l]; }
    }
    for (int t = TIMES - 1; t >= 0; t--) {
      V (*h)[N] = spreads[t], in, gv, gw;
      EACH { double e = errors[t][l]; in[l] = 1 / (h[0][0][l] + r[l]); gv[l] = 2 * e * in[l]; gw[l] = in[l] - e * e * in[l] * in[l]; }
      ALL(i) { EACH { gk[i][l] = gs[i][l] * errors[t][l]; gv[l] += gs[i][l] * h[i][0][l] * in[l]; } ALL(j) EACH gk[i][l] -= g[i][j][l] * h[0][j][l]; }
      ALL(j) { EACH m[j][l] = 0; ALL(i) EACH m[j][l] += h[i][0][l] * in[l] * g[i][j][l]; }
      ALL(j) EACH g[0][j][l] -= m[j][l];
      ALL(i) EACH { g[i][0][l] += gk[i][l] * in[l]; gw[l] -= gk[i][l] * h[i][0][l] * in[l] * in[l]; }
      EACH { g[0][0][l] += gw[l]; gr[l] += gw[l]; gs[0][l] -= gv[l]; }
      ALL(i) ALL(j) EACH gq[l] += g[i][j][l] * NOISE(i, j);
      moved(P, g, 1);
      ALL(i) ALL(j) EACH g[i][j][l] = P[i][j][l];
      ALL(i) { EACH m[i][l] = 0; ALL(k) if (F[k][i]) EACH m[i][l] += F[k][i] * gs[k][l]; }
      ALL(i) EACH gs[i][l] = m[i][l];
    }
    keep(p[3], total, row, rows); keep(p[4], gq, row, rows); keep(p[5], gr, row, rows);
  }
}
