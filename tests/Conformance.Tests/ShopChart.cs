namespace Slipway.Conformance;

/// <summary>A chart with what charts have: values that must be given, a subchart, a kind of its own, hooks, a test and notes.</summary>
internal static class ShopChart
{
    private const string Labels = """
          labels: {app.kubernetes.io/instance: {{ .Release.Name }}, app.kubernetes.io/managed-by: {{ .Release.Service }}}
        """;

    private static readonly (string Path, string Text)[] Files =
    [
        ("Chart.yaml", """
            apiVersion: v2
            name: shop
            version: 1.0.0
            appVersion: "7"
            dependencies:
            - { name: cache, version: 0.1.0, condition: cache.enabled }
            """),
        ("values.yaml", """
            replicas: 2
            image: example.com/shop:1
            greeting: hello
            percent: 10
            cache: { enabled: true, size: 64Mi }
            """),
        ("crds/coupons.yaml", """
            apiVersion: apiextensions.k8s.io/v1
            kind: CustomResourceDefinition
            metadata: { name: coupons.shop.example.com }
            spec:
              group: shop.example.com
              scope: Namespaced
              names: { plural: coupons, singular: coupon, kind: Coupon, listKind: CouponList }
              versions:
              - name: v1
                served: true
                storage: true
                schema:
                  openAPIV3Schema:
                    type: object
                    properties: { spec: { type: object, required: [percent], properties: { percent: { type: integer, minimum: 1, maximum: 100 } } } }
            """),
        ("templates/deployment.yaml", $$$"""
            apiVersion: apps/v1
            kind: Deployment
            metadata:
              name: {{ .Release.Name }}
            {{{Labels}}}
            spec:
              replicas: {{ .Values.replicas }}
              selector: { matchLabels: { app.kubernetes.io/instance: {{ .Release.Name }} } }
              template:
                metadata: { labels: { app.kubernetes.io/instance: {{ .Release.Name }} } }
                spec:
                  containers:
                  - name: shop
                    image: {{ .Values.image }}
                    args: [--owner, {{ required "owner is required" .Values.owner | quote }}]
                    ports: [{ name: http, containerPort: 8080 }]
            """),
        ("templates/service.yaml", $$$"""
            apiVersion: v1
            kind: Service
            metadata:
              name: {{ .Release.Name }}
            {{{Labels}}}
            spec: { selector: { app.kubernetes.io/instance: {{ .Release.Name }} }, ports: [{ name: http, port: 80, targetPort: http }] }
            """),
        ("templates/config.yaml", $$$"""
            apiVersion: v1
            kind: ConfigMap
            metadata:
              name: {{ .Release.Name }}
            {{{Labels}}}
            data:
              greeting: {{ .Values.greeting | quote }}
              version: {{ .Capabilities.KubeVersion.Version }}
              jobs: {{ .Capabilities.APIVersions.Has "batch/v1/Job" | quote }}
              {{- if .Values.extra }}
              extra: {{ .Values.extra | quote }}
              {{- end }}
            """),
        ("templates/coupon.yaml", """
            apiVersion: shop.example.com/v1
            kind: Coupon
            metadata: { name: {{ .Release.Name }}-welcome }
            spec: { percent: {{ .Values.percent }} }
            """),
        ("templates/pre-install.yaml", Hook("pre-install")),
        ("templates/post-install.yaml", Hook("post-install")),
        ("templates/pre-upgrade.yaml", Hook("pre-upgrade")),
        ("templates/tests/answers.yaml", """
            apiVersion: v1
            kind: Pod
            metadata: { name: {{ .Release.Name }}-answers, annotations: { helm.sh/hook: test } }
            spec: { restartPolicy: Never, containers: [{ name: ask, image: {{ .Values.image }} }] }
            """),
        ("templates/NOTES.txt", "{{ .Release.Name }} says {{ .Values.greeting }} in revision {{ .Release.Revision }}.\n"),
        ("charts/cache/Chart.yaml", "{ apiVersion: v2, name: cache, version: 0.1.0 }\n"),
        ("charts/cache/values.yaml", "size: 1Mi\n"),
        ("charts/cache/templates/config.yaml", """
            apiVersion: v1
            kind: ConfigMap
            metadata: { name: {{ .Release.Name }}-cache }
            data: { size: {{ .Values.size }} }
            """),
    ];

    /// <summary>Writes the chart into a directory of its own and returns that.</summary>
    public static string Write(string parent)
    {
        var chart = Path.Combine(parent, "shop");
        foreach (var (path, text) in Files)
        {
            var file = Path.Combine(chart, path);
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            File.WriteAllText(file, text);
        }
        return chart;
    }

    private static string Hook(string when) => $$$"""
        apiVersion: v1
        kind: ConfigMap
        metadata: { name: {{ .Release.Name }}-{{{when}}}, annotations: { helm.sh/hook: {{{when}}}, helm.sh/hook-delete-policy: before-hook-creation } }
        data: { greeting: {{ .Values.greeting | quote }} }
        """;
}
