using System.Text;
using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Api.Documents;
using Slipway.Api.Schemas;
using Slipway.Fuzzing.Documents;
using Slipway.Fuzzing.Generators;

namespace Slipway.Fuzzing.Running;

/// <summary>What the fuzzer finds on a server: namespaces, definitions, an object of each kind, limits and a policy; and the end of what it has left there.</summary>
/// <param name="api">The server, as an administrator.</param>
public sealed class Stage(IApi api)
{
    private const string Policies = "/apis/admissionregistration.k8s.io/v1";

    private static readonly (string Path, string Yaml)[] Own =
    [
        ("/api/v1/namespaces", "{kind: Namespace, apiVersion: v1, metadata: {name: fuzz-a}}"),
        ("/api/v1/namespaces", "{kind: Namespace, apiVersion: v1, metadata: {name: fuzz-b, labels: {pod-security.kubernetes.io/enforce: baseline, pod-security.kubernetes.io/warn: restricted, pod-security.kubernetes.io/audit: restricted}}}"),
        ("/api/v1/namespaces/fuzz-b/limitranges", "{kind: LimitRange, apiVersion: v1, metadata: {name: stage}, spec: {limits: [{type: Container, default: {cpu: 100m}, max: {cpu: '2', memory: 1Gi}}, {type: PersistentVolumeClaim, min: {storage: 1Mi}}]}}"),
        ("/api/v1/namespaces/fuzz-b/resourcequotas", "{kind: ResourceQuota, apiVersion: v1, metadata: {name: stage}, spec: {hard: {pods: '50', requests.cpu: '100', count/configmaps: '100', services.nodeports: '10'}}}"),
        ($"{Policies}/validatingadmissionpolicies", """
            kind: ValidatingAdmissionPolicy
            apiVersion: admissionregistration.k8s.io/v1
            metadata: {name: stage}
            spec:
              matchConstraints: {namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: fuzz-b}}, resourceRules: [{apiGroups: ['*'], apiVersions: ['*'], operations: ['*'], resources: ['*']}]}
              matchConditions: [{name: m, expression: "request.operation != 'DELETE'"}]
              variables: [{name: labels, expression: 'has(object.metadata.labels) ? object.metadata.labels : {}'}]
              validations:
              - {expression: "variables.labels.all(k, variables.labels[k] != 'denied')", messageExpression: "'labels of ' + object.metadata.name"}
              - {expression: "!has(object.spec) || !has(object.spec.containers) || object.spec.containers.all(c, c.image.size() < 1000)"}
              - {expression: 'oldObject == null || oldObject.metadata.name == object.metadata.name'}
              auditAnnotations: [{key: size, valueExpression: 'string(size(object.metadata.name))'}]
            """),
        ($"{Policies}/validatingadmissionpolicybindings", "{kind: ValidatingAdmissionPolicyBinding, apiVersion: admissionregistration.k8s.io/v1, metadata: {name: stage}, spec: {policyName: stage, validationActions: [Deny, Audit]}}"),
    ];

    private readonly HashSet<string> _before = new(StringComparer.Ordinal);

    /// <summary>Notes what is there, so that it stays, and puts up the stage.</summary>
    public async Task SetUpAsync(CancellationToken cancellation)
    {
        foreach (var (path, _) in await ObjectsAsync(cancellation)) _before.Add(path);
        await PutUpAsync(cancellation);
    }

    /// <summary>Removes all that is not as it was, and puts up the stage again.</summary>
    /// <returns>How many objects were removed.</returns>
    public async Task<int> RestoreAsync(CancellationToken cancellation)
    {
        var removed = 0;
        foreach (var (path, hasFinalizers) in await ObjectsAsync(cancellation))
        {
            if (_before.Contains(path) || path is "/api/v1/namespaces/fuzz-a" or "/api/v1/namespaces/fuzz-b" || path.Contains("customresourcedefinitions/", StringComparison.Ordinal) && path.EndsWith(".fuzz.example.com", StringComparison.Ordinal)) continue;
            if (hasFinalizers) await SendAsync("PATCH", path, """{"metadata":{"finalizers":null}}""", MediaTypes.MergePatch, cancellation);
            var code = await SendAsync("DELETE", path, """{"kind":"DeleteOptions","apiVersion":"v1","gracePeriodSeconds":0,"propagationPolicy":"Background"}""", MediaTypes.Json, cancellation);
            if (path.StartsWith("/api/v1/namespaces/", StringComparison.Ordinal) && path.Count(c => c == '/') == 4)
                await SendAsync("PUT", $"{path}/finalize", $$$"""{"kind":"Namespace","apiVersion":"v1","metadata":{"name":"{{{path[(path.LastIndexOf('/') + 1)..]}}}"},"spec":{"finalizers":[]}}""", MediaTypes.Json, cancellation);
            if (code is 200 or 202) removed++;
        }
        await PutUpAsync(cancellation);
        return removed;
    }

    /// <summary>How many objects are stored, by what the server lists.</summary>
    public async Task<int> CountAsync(CancellationToken cancellation) => (await ObjectsAsync(cancellation)).Count;

    private async Task PutUpAsync(CancellationToken cancellation)
    {
        foreach (var (path, yaml) in Own) await CreateAsync(path, DocumentReader.ParseYaml(yaml).Single(), cancellation);
        foreach (var definition in StageDefinitions.Documents)
        {
            // Without them much of what the fuzzer sends would meet nothing.
            await using var response = await api.SendAsync(new ApiRequest("POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions") { Body = Encoding.UTF8.GetBytes(definition.ToJsonString()) }, cancellation);
            if (response.StatusCode is not (201 or 409)) throw new InvalidDataException($"the definition {definition.Name} is not accepted: {Encoding.UTF8.GetString(response.Body.Span)}");
        }
        foreach (var ns in new[] { "fuzz-a", "fuzz-b" })
        {
            await CreateAsync($"/api/v1/namespaces/{ns}/serviceaccounts", DocumentReader.ParseYaml("{kind: ServiceAccount, apiVersion: v1, metadata: {name: default}}").Single(), cancellation);
            foreach (var type in Corpus.BuiltIn.Where(t => t.Namespaced)) await CreateAsync(Corpus.Collection(type, ns), MinimalObjects.Of(type), cancellation);
            foreach (var type in StageDefinitions.Types.Where(t => t is { Namespaced: true, Version: "v1" })) await CreateAsync(Corpus.Collection(type, ns), StageDefinitions.Example(type), cancellation);
        }
        foreach (var type in Corpus.BuiltIn.Where(t => !t.Namespaced && t.Group != "admissionregistration.k8s.io" && t.Plural is not ("namespaces" or "customresourcedefinitions")))
            await CreateAsync(Corpus.Collection(type, ""), MinimalObjects.Of(type), cancellation);
        foreach (var type in StageDefinitions.Types.Where(t => !t.Namespaced)) await CreateAsync(Corpus.Collection(type, ""), StageDefinitions.Example(type), cancellation);
    }

    private Task<int> CreateAsync(string path, JsonObject document, CancellationToken cancellation) => SendAsync("POST", path, document.ToJsonString(), MediaTypes.Json, cancellation);

    private async Task<int> SendAsync(string method, string path, string body, string contentType, CancellationToken cancellation)
    {
        await using var response = await api.SendAsync(new ApiRequest(method, path) { Body = Encoding.UTF8.GetBytes(body), ContentType = contentType }, cancellation);
        return response.StatusCode < 500 ? response.StatusCode : throw new InvalidDataException($"{method} {path}: {response.StatusCode} {Encoding.UTF8.GetString(response.Body.Span)}");
    }

    // Every object's path, and whether it has finalizers.
    private async Task<List<(string Path, bool HasFinalizers)>> ObjectsAsync(CancellationToken cancellation)
    {
        var found = new List<(string, bool)>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var type in await TypesAsync(cancellation))
        {
            // Two versions of a resource are the same objects.
            if (!seen.Add(type.GroupResource)) continue;
            await using var response = await api.SendAsync(new ApiRequest("GET", Corpus.Collection(type, "")) { Accept = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1" }, cancellation);
            if (!response.IsSuccess) continue;
            foreach (var item in JsonNode.Parse(response.Body.Span)!["items"]!.AsArray().Cast<JsonObject>())
            {
                var metadata = item.Object("metadata")!;
                found.Add(($"{Corpus.Collection(type, metadata.Text("namespace") ?? "")}/{Uri.EscapeDataString(metadata.Text("name")!)}", metadata.Array("finalizers") is { Count: > 0 }));
            }
        }
        return found;
    }

    private async Task<IEnumerable<ResourceType>> TypesAsync(CancellationToken cancellation)
    {
        await using var response = await api.SendAsync(new ApiRequest("GET", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"), cancellation);
        var custom = JsonNode.Parse(response.Body.Span)!["items"]!.AsArray().Cast<JsonObject>().Select(d => d.Object("spec")!).Select(spec => new ResourceType
        {
            Group = spec.Text("group")!,
            Version = spec.Objects("versions").FirstOrDefault(v => v.Boolean("served") == true)?.Text("name") ?? "none",
            Plural = spec.Object("names")!.Text("plural")!,
            Kind = spec.Object("names")!.Text("kind")!,
            Singular = "",
            Namespaced = spec.Text("scope") == "Namespaced",
        });
        // Definitions last: their objects go before them. Events of two groups are the same objects.
        return custom.Concat(BuiltInKinds.All.Where(t => t.IsStored && t.GroupResource != "events.events.k8s.io").OrderBy(t => t.Plural is "customresourcedefinitions" or "namespaces"));
    }
}
