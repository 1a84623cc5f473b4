{{- define "postgres.name" -}}
{{- if contains .Chart.Name .Release.Name }}{{ .Release.Name }}{{ else }}{{ .Release.Name }}-{{ .Chart.Name }}{{ end -}}
{{- end }}

{{- define "postgres.labels" -}}
{{ include "postgres.selector" . }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end }}

{{- define "postgres.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- /* Who a pod is, and what it may not. */ -}}
{{- define "postgres.podSecurity" -}}
runAsUser: 999
runAsGroup: 999
runAsNonRoot: true
fsGroup: 999
fsGroupChangePolicy: OnRootMismatch
seccompProfile: { type: RuntimeDefault }
{{- end }}

{{- define "postgres.containerSecurity" -}}
readOnlyRootFilesystem: true
allowPrivilegeEscalation: false
capabilities: { drop: [ALL] }
{{- end }}

{{- /* What psql, pg_dump and their like need to reach the server. */ -}}
{{- define "postgres.client" -}}
- { name: PGHOST, value: {{ include "postgres.name" . }} }
- { name: PGUSER, value: postgres }
- { name: PGDATABASE, value: {{ .Values.database }} }
- name: PGPASSWORD
  valueFrom: { secretKeyRef: { name: {{ include "postgres.name" . }}, key: password } }
{{- end }}
