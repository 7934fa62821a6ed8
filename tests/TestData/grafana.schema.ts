// What Grafana reads of a dashboard, from its own types (Apache-2.0). To make grafana.schema.json from it, in a folder with this file:
//   npm install @grafana/schema@13.2.3 ts-json-schema-generator@2.9.0
//   npx ts-json-schema-generator --path grafana.schema.ts --type Grafana --no-type-check --jsDoc none --no-top-ref --out grafana.schema.json
import type { Dashboard } from '@grafana/schema/dist/types/raw/dashboard/x/types.gen';
import type * as bargauge from '@grafana/schema/dist/types/raw/composable/bargauge/panelcfg/x/types.gen';
import type * as heatmap from '@grafana/schema/dist/types/raw/composable/heatmap/panelcfg/x/types.gen';
import type * as stat from '@grafana/schema/dist/types/raw/composable/stat/panelcfg/x/types.gen';
import type * as statetimeline from '@grafana/schema/dist/types/raw/composable/statetimeline/panelcfg/x/types.gen';
import type * as timeseries from '@grafana/schema/dist/types/raw/composable/timeseries/panelcfg/x/types.gen';

/** What is left out has a default. */
type Partly<T> = T extends (infer U)[] ? Partly<U>[] : T extends object ? { [K in keyof T]?: Partly<T[K]> } : T;

/** What a dashboard's own type leaves to the plugin of the panel. */
type Plugin =
  | { type: 'bargauge'; options: Partly<bargauge.Options> }
  | { type: 'heatmap'; options: Partly<heatmap.Options>; custom?: Partly<heatmap.FieldConfig> }
  | { type: 'stat'; options: Partly<stat.Options> }
  | { type: 'state-timeline'; options: Partly<statetimeline.Options>; custom?: Partly<statetimeline.FieldConfig> }
  | { type: 'timeseries'; options: Partly<timeseries.Options>; custom?: Partly<timeseries.FieldConfig> };

export interface Grafana {
  dashboard: Dashboard;
  plugins: Plugin[];
}
