{{- define "prometheus.labels" -}}
{{ include "prometheus.selector" . }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end }}

{{- define "prometheus.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "prometheus.podSecurity" -}}
runAsUser: 65534
runAsGroup: 65534
runAsNonRoot: true
fsGroup: 65534
seccompProfile: { type: RuntimeDefault }
{{- end }}

{{- define "prometheus.containerSecurity" -}}
readOnlyRootFilesystem: true
allowPrivilegeEscalation: false
capabilities: { drop: [ALL] }
{{- end }}
