{{- define "queue.labels" -}}
{{ include "queue.selector" . }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end }}

{{- define "queue.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "queue.podSecurity" -}}
runAsUser: 1000
runAsNonRoot: true
seccompProfile: { type: RuntimeDefault }
{{- end }}

{{- define "queue.containerSecurity" -}}
readOnlyRootFilesystem: true
allowPrivilegeEscalation: false
capabilities: { drop: [ALL] }
{{- end }}

{{- define "queue.database" -}}
- { name: PGHOST, value: {{ .Values.database.host }} }
- { name: PGUSER, value: postgres }
- { name: PGDATABASE, value: {{ .Values.database.name }} }
- { name: PGCONNECT_TIMEOUT, value: "5" }
- name: PGPASSWORD
  valueFrom: { secretKeyRef: { name: {{ .Values.database.secret }}, key: password } }
- name: POD_NAME
  valueFrom: { fieldRef: { fieldPath: metadata.name } }
{{- end }}

{{- define "queue.waitForTables" -}}
- name: wait-for-tables
  image: {{ .Values.image }}
  command: [sh, -c, "until psql -Xqc 'SELECT FROM tasks LIMIT 1'; do sleep 1; done"]
  env: {{- include "queue.database" . | nindent 4 }}
  securityContext: {{- include "queue.containerSecurity" . | nindent 4 }}
{{- end }}
