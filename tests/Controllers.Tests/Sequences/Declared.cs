using System.Text.Json.Nodes;
using Slipway.Client;
using Slipway.Testing;

namespace Slipway.Controllers.Tests.Sequences;

/// <summary>What a sequence declares, and how the cluster differs from it.</summary>
internal sealed class Declared(TestCluster cluster)
{
    private const string Apps = "/apis/apps/v1/namespaces/default", Core = "/api/v1/namespaces/default", Batch = "/apis/batch/v1/namespaces/default";

    /// <summary>The workloads by kind and name, each with its replicas; -1 for one on each node.</summary>
    public static readonly (string Kind, string Name)[] Workloads = [("deployments", "d"), ("statefulsets", "s"), ("statefulsets", "p"), ("daemonsets", "ds")];

    /// <summary>Creates a workload of each kind, each with a service and a budget, and cron jobs of each policy.</summary>
    public async Task CreateAsync()
    {
        foreach (var (_, name) in Workloads)
        {
            await CreateAsync(name);
            await cluster.CreateAsync($"{Core}/services", $$$"""{"apiVersion":"v1","kind":"Service","metadata":{"name":"{{{name}}}"},"spec":{"clusterIP":"None","selector":{"app":"{{{name}}}"},"ports":[{"port":80}]} }""");
            await cluster.CreateAsync("/apis/policy/v1/namespaces/default/poddisruptionbudgets", $$$"""{"apiVersion":"policy/v1","kind":"PodDisruptionBudget","metadata":{"name":"{{{name}}}"},"spec":{"maxUnavailable":1,"selector":{"matchLabels":{"app":"{{{name}}}"} } } }""");
        }
        foreach (var policy in new[] { "Allow", "Forbid", "Replace" })
            await cluster.CreateAsync($"{Batch}/cronjobs", $$$"""
                {"apiVersion":"batch/v1","kind":"CronJob","metadata":{"name":"{{{policy.ToLowerInvariant()}}}"},"spec":{"schedule":"*/2 * * * *","concurrencyPolicy":"{{{policy}}}",
                 "jobTemplate":{"spec":{"backoffLimit":2,"template":{"metadata":{"labels":{"app":"cron"} },"spec":{"restartPolicy":"Never","containers":[{"name":"c","image":"i"}]} } } } } }
                """);
    }

    /// <summary>Creates one of the workloads as it was at first.</summary>
    public async Task CreateAsync(string name)
    {
        var (plural, kind, fields) = name switch
        {
            "d" => ("deployments", "Deployment", "\"replicas\":3,"),
            "s" => ("statefulsets", "StatefulSet", "\"replicas\":3,\"serviceName\":\"s\","),
            "p" => ("statefulsets", "StatefulSet", "\"replicas\":3,\"serviceName\":\"p\",\"podManagementPolicy\":\"Parallel\","),
            _ => ("daemonsets", "DaemonSet", ""),
        };
        await cluster.CreateAsync($"{Apps}/{plural}", $$$"""
            {"apiVersion":"apps/v1","kind":"{{{kind}}}","metadata":{"name":"{{{name}}}"},"spec":{ {{{fields}}} "selector":{"matchLabels":{"app":"{{{name}}}"} },
             "template":{"metadata":{"labels":{"app":"{{{name}}}"} },"spec":{"containers":[{"name":"c","image":"i:1"}]} } } }
            """);
    }

    /// <summary>How the cluster differs; empty when it is as declared and every status says so.</summary>
    public async Task<IReadOnlyList<string>> DifferencesAsync()
    {
        var differences = new List<string>();
        var pods = await ListAsync($"{Core}/pods");
        foreach (var (plural, name) in Workloads)
        {
            var set = (await ListAsync($"{Apps}/{plural}")).Single(item => NameOf(item) == name);
            // What has ended stays with a Deployment, and counts for nothing.
            var own = pods.FindAll(pod => (string?)pod["metadata"]!["labels"]?["app"] == name && (plural != "deployments" || (string?)pod["status"]?["phase"] is not ("Failed" or "Succeeded")));
            var wanted = plural == "daemonsets" ? SimulatedNodes.Names.Length : (int)set["spec"]!["replicas"]!;
            string[] counts = plural == "daemonsets"
                ? ["desiredNumberScheduled", "currentNumberScheduled", "numberReady", "numberAvailable", "updatedNumberScheduled"]
                : ["replicas", "readyReplicas", "availableReplicas", "updatedReplicas"];
            foreach (var count in counts)
                Expect($"{plural}/{name} {count}", wanted, (int?)set["status"]?[count] ?? 0);
            Expect($"{plural}/{name} observedGeneration", (long)set["metadata"]!["generation"]!, (long?)set["status"]?["observedGeneration"]);
            Expect($"pods of {plural}/{name}", wanted, own.Count);
            Expect($"images of {plural}/{name}", wanted == 0 ? "" : (string)set["spec"]!["template"]!["spec"]!["containers"]![0]!["image"]!, string.Join(' ', own.Select(pod => (string)pod["spec"]!["containers"]![0]!["image"]!).Distinct().Order()));
            if (plural == "statefulsets")
                Expect($"names of {name}", string.Join(' ', Enumerable.Range(0, wanted).Select(ordinal => $"{name}-{ordinal}")), string.Join(' ', own.Select(NameOf).Order()));
            if (plural == "daemonsets")
                Expect("nodes of ds", string.Join(' ', SimulatedNodes.Names), string.Join(' ', own.Select(pod => (string?)pod["spec"]!["nodeName"]).Order()));

            var addresses = string.Join(' ', own.Select(pod => (string?)pod["status"]?["podIP"]).Order());
            Expect($"slices of {name}", addresses, string.Join(' ', (await ListAsync("/apis/discovery.k8s.io/v1/namespaces/default/endpointslices"))
                .Where(slice => (string?)slice["metadata"]!["labels"]!["kubernetes.io/service-name"] == name).SelectMany(slice => slice["endpoints"]?.AsArray() ?? [])
                .Where(endpoint => (bool?)endpoint!["conditions"]!["ready"] == true).Select(endpoint => (string?)endpoint!["addresses"]![0]).Order()));
            Expect($"endpoints of {name}", addresses, string.Join(' ', (await ListAsync($"{Core}/endpoints")).Where(item => NameOf(item) == name)
                .SelectMany(item => item["subsets"]?.AsArray() ?? []).SelectMany(subset => subset!["addresses"]?.AsArray() ?? []).Select(address => (string?)address!["ip"]).Order()));
            var budget = (await ListAsync("/apis/policy/v1/namespaces/default/poddisruptionbudgets")).Single(item => NameOf(item) == name)["status"];
            // Pods of a daemon set have no scale, which a budget by what may be missing needs.
            if (plural != "daemonsets")
                Expect($"budget of {name}", $"{wanted} of {wanted}, {Math.Min(1, wanted)} may go", $"{(int?)budget?["currentHealthy"]} of {(int?)budget?["expectedPods"]}, {(int?)budget?["disruptionsAllowed"]} may go");
        }
        foreach (var job in await ListAsync($"{Batch}/jobs"))
        {
            var ends = (job["status"]?["conditions"]?.AsArray() ?? []).Where(condition => (string?)condition!["status"] == "True").Select(condition => (string?)condition!["type"]).ToList();
            if (!ends.Contains("Complete") && !ends.Contains("Failed"))
                differences.Add($"job {NameOf(job)} has not ended: {job["status"]?.ToJsonString()}");
            else if (NameOf(job).StartsWith("job", StringComparison.Ordinal))
                Expect($"job {NameOf(job)}", (int)job["spec"]!["completions"]!, (int?)job["status"]!["succeeded"]);
        }
        var jobs = await ListAsync($"{Batch}/jobs");
        foreach (var cron in await ListAsync($"{Batch}/cronjobs"))
        {
            Expect($"active jobs of {NameOf(cron)}", 0, cron["status"]?["active"]?.AsArray().Count ?? 0);
            if (jobs.Count(job => (string?)job["metadata"]!["ownerReferences"]?[0]?["name"] == NameOf(cron)) is > 4 and var many)
                differences.Add($"{many} jobs of {NameOf(cron)} are kept");
        }
        foreach (var node in await ListAsync("/api/v1/nodes"))
            if (node["spec"]?["taints"] is JsonArray { Count: > 0 } taints)
                differences.Add($"node {NameOf(node)} is tainted: {taints.ToJsonString()}");
        return differences;

        void Expect<T>(string what, T expected, T actual)
        {
            if (!EqualityComparer<T>.Default.Equals(expected, actual))
                differences.Add($"{what}: {actual} instead of {expected}");
        }
    }

    private async Task<List<JsonNode>> ListAsync(string path) =>
        [.. JsonNode.Parse((await cluster.Admin.SendForBodyAsync(new("GET", path))).Span)!["items"]!.AsArray().Select(item => item!)];

    private static string NameOf(JsonNode item) => (string)item["metadata"]!["name"]!;
}
