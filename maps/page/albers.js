/* China's equal-area projection for Leaflet: Albers, parallels 25° and 47° N, meridian 105° E,
   ellipsoid GRS80 (CGCS2000). Formulas: Snyder, Map Projections (USGS PP 1395), chapter 14. */
(function () {
  "use strict";
  const a = 6378137, f = 1 / 298.257222101, e2 = 2 * f - f * f, e = Math.sqrt(e2);
  const degree = Math.PI / 180, meridian = 105 * degree;

  function q(phi) {
    const s = Math.sin(phi), t = e * s;
    return (1 - e2) * (s / (1 - t * t) - Math.log((1 - t) / (1 + t)) / (2 * e));
  }
  function m(phi) {
    const s = Math.sin(phi);
    return Math.cos(phi) / Math.sqrt(1 - e2 * s * s);
  }
  const m1 = m(25 * degree), m2 = m(47 * degree);
  const n = (m1 * m1 - m2 * m2) / (q(47 * degree) - q(25 * degree));
  const C = m1 * m1 + n * q(25 * degree), origin = a * Math.sqrt(C) / n;

  function latitude(Q) {
    let phi = Math.asin(Math.max(-1, Math.min(1, Q / 2)));
    for (let i = 0; i < 8; i++) {
      const s = Math.sin(phi), h = 1 - e2 * s * s;
      const log = Math.log((1 - e * s) / (1 + e * s)) / (2 * e);
      const step = h * h / (2 * Math.cos(phi)) * (Q / (1 - e2) - s / h + log);
      phi += step;
      if (Math.abs(step) < 1e-11) break;
    }
    return phi / degree;
  }
  const projection = {
    project: function (place) {
      const r = a * Math.sqrt(Math.max(0, C - n * q(place.lat * degree))) / n;
      const theta = n * (place.lng * degree - meridian);
      return L.point(r * Math.sin(theta), origin - r * Math.cos(theta));
    },
    unproject: function (point) {
      const y = origin - point.y, r = Math.sqrt(point.x * point.x + y * y);
      const theta = Math.atan2(point.x, y);
      return L.latLng(latitude((C - r * r * n * n / (a * a)) / n), (theta / n + meridian) / degree);
    },
    bounds: L.bounds([-2e7, -2e7], [2e7, 2e7])
  };
  const scale = .5 / (Math.PI * a);
  L.CRS.CnAlbers = L.extend({}, L.CRS.Earth, {
    code: "CN:ALBERS",
    projection: projection,
    transformation: L.transformation(scale, .5, -scale, .5),
    wrapLng: null,
    infinite: true
  });
})();
