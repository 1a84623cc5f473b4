using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Slipway.Api;
using Slipway.Api.Documents;

namespace Slipway.Cli.Why.Workloads;

/// <summary>Why the API refuses the pods of an object, by what it says.</summary>
internal static partial class RefusalCauses
{
    private static readonly KindName[] WebhookKinds = [new("admissionregistration.k8s.io", "ValidatingWebhookConfiguration"), new("admissionregistration.k8s.io", "MutatingWebhookConfiguration")];

    /// <summary>The causes.</summary>
    /// <param name="inquiry">The cluster.</param>
    /// <param name="owner">Who wants to create pods.</param>
    /// <param name="refusal">What the API said.</param>
    /// <param name="missing">How many pods are refused.</param>
    public static IReadOnlyList<Cause> Of(Inquiry inquiry, JsonObject owner, string refusal, long missing = 1)
    {
        refusal = Words.Flat(refusal);
        return [Judge(inquiry, owner.Namespace, refusal, missing, Declaration.Of(inquiry, owner)) with { Evidence = [$"refusal: {Words.OneLine(refusal)}"] }];
    }

    private static Cause Judge(Inquiry inquiry, string ns, string refusal, long missing, Declaration declared)
    {
        if (Exceeded().Match(refusal) is { Success: true } exceeded)
        {
            var quota = exceeded.Groups["quota"].Value;
            var (used, hard, asked) = (Pairs(exceeded.Groups["used"].Value), Pairs(exceeded.Groups["limited"].Value), Pairs(exceeded.Groups["requested"].Value));
            var scarce = hard.Keys.Where(resource => asked.ContainsKey(resource)).ToList();
            var first = scarce.FirstOrDefault() ?? hard.Keys.FirstOrDefault() ?? "pods";
            return new Cause($"ResourceQuota {quota} is used up: {string.Join("; ", scarce.Select(resource => $"{used.GetValueOrDefault(resource)} of {hard[resource]} {resource} are taken, and each pod takes {asked[resource]}"))}")
            {
                Remedy = new("Raise the quota, ask for less, or delete what is not needed")
                {
                    Object = $"resourcequota/{quota}",
                    Path = $"spec.hard.{first}",
                    Value = Quantity.TryParse(used.GetValueOrDefault(first), out var now) && Quantity.TryParse(asked.GetValueOrDefault(first), out var more) ? (now + more * missing).ToString() : "AMOUNT",
                },
            };
        }
        if (MustSpecify().Match(refusal) is { Success: true } unspecified)
        {
            var wanted = unspecified.Groups["what"].Value.Split(',')[0].Split(" for")[0];
            var field = wanted.Contains('.') ? wanted : $"requests.{wanted}";
            return new Cause($"ResourceQuota {unspecified.Groups["quota"].Value} counts {wanted}, and its containers do not say how much they take")
            {
                Remedy = declared.Change("Say it, or set a default with a LimitRange", $"containers[0].resources.{field}", wanted.EndsWith("cpu", StringComparison.Ordinal) ? "100m" : "128Mi"),
            };
        }
        if (refusal.Contains("violates PodSecurity", StringComparison.Ordinal))
            return Security(ns, refusal, declared);
        if (Account().Match(refusal) is { Success: true } account)
        {
            var name = account.Groups[1].Value.Split('/')[^1];
            var near = NearestName.Of(name, inquiry.List(KindName.ServiceAccount, ns).Select(other => other.Name));
            return new Cause($"There is no ServiceAccount \"{name}\" in namespace {ns}")
            {
                Remedy = near is not null ? declared.Change($"Name \"{near}\", or create \"{name}\"", "serviceAccountName", near) : new("Create it") { Command = $"kubectl create serviceaccount {name} -n {ns}" },
            };
        }
        if (Range().Match(refusal) is { Success: true } range)
        {
            return new Cause($"A LimitRange of the namespace stands against it: {range.Value}")
            {
                Remedy = declared.Change("Stay within it", $"containers[0].resources.{(range.Value.Contains("but request is", StringComparison.Ordinal) ? "requests" : "limits")}.{range.Groups["resource"].Value}", range.Groups["bound"].Value),
            };
        }
        if (Webhook().Match(refusal) is { Success: true } webhook)
        {
            var holder = WebhookKinds.SelectMany(kind => inquiry.List(kind, "")).FirstOrDefault(configuration => configuration.Objects("webhooks").Any(w => w.Text("name") == webhook.Groups[1].Value));
            return new Cause($"The admission webhook {webhook.Groups[1].Value} does not answer, and without it nothing may be created (failurePolicy Fail)")
            {
                Remedy = new("Start what serves it. If it is gone for good, delete its configuration") { Command = holder is null ? "kubectl get validatingwebhookconfigurations,mutatingwebhookconfigurations" : $"kubectl delete {holder.Kind.ToLowerInvariant()} {holder.Name}" },
            };
        }
        if (Denied().Match(refusal) is { Success: true } denied)
            return new Cause($"The admission webhook {denied.Groups[1].Value} refuses it: {denied.Groups[2].Value}") { Remedy = declared.Change("Change what it names", "", null) };
        if (refusal.Contains("no PriorityClass with name", StringComparison.Ordinal))
            return new Cause("Its priority class does not exist") { Remedy = declared.Change("Name one that exists (kubectl get priorityclasses)", "priorityClassName", "NAME") };
        if (Runtime().Match(refusal) is { Success: true } runtime)
            return new Cause($"There is no RuntimeClass \"{runtime.Groups[1].Value}\"") { Remedy = declared.Change("Name one that exists (kubectl get runtimeclasses), or leave it out, so that the node's usual runtime is taken", "runtimeClassName", null) };
        if (refusal.Contains("is being terminated", StringComparison.Ordinal))
            return new Cause($"Namespace {ns} is being deleted") { Remedy = new("Create it elsewhere, or when the namespace is there again") };
        return new Cause("The API refuses it") { Remedy = declared.Change("Correct what the message names", "", null) };
    }

    private static Cause Security(string ns, string refusal, Declaration declared)
    {
        var level = Level().Match(refusal) is { Success: true } match ? match.Groups[1].Value : "restricted";
        var faults = refusal[(refusal.IndexOf(": ", refusal.IndexOf("violates", StringComparison.Ordinal), StringComparison.Ordinal) + 2)..];
        var wanted = new List<string>();
        if (faults.Contains("allowPrivilegeEscalation", StringComparison.Ordinal)) wanted.Add("allowPrivilegeEscalation: false");
        if (faults.Contains("unrestricted capabilities", StringComparison.Ordinal)) wanted.Add("capabilities: {drop: [ALL]}");
        if (faults.Contains("runAsNonRoot", StringComparison.Ordinal)) wanted.Add("runAsNonRoot: true");
        if (faults.Contains("seccompProfile", StringComparison.Ordinal)) wanted.Add("seccompProfile: {type: RuntimeDefault}");
        if (faults.Contains("privileged", StringComparison.Ordinal) && !faults.Contains("allowPrivilegeEscalation", StringComparison.Ordinal)) wanted.Add("privileged: false");
        return new Cause($"Namespace {ns} takes only pods of the security level \"{level}\", and this one asks for more")
        {
            Remedy = wanted.Count > 0
                ? declared.Change($"Let its containers ask for less (or relax the namespace: label pod-security.kubernetes.io/enforce)", "containers[0].securityContext", $"{{{string.Join(", ", wanted)}}}")
                : declared.Change("Leave out what the message names, or relax the namespace (label pod-security.kubernetes.io/enforce)", "", null),
        };
    }

    private static Dictionary<string, string> Pairs(string text) => text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
        .Select(pair => pair.Split('=', 2)).Where(pair => pair.Length == 2).DistinctBy(pair => pair[0]).ToDictionary(pair => pair[0], pair => pair[1], StringComparer.Ordinal);

    [GeneratedRegex("""RuntimeClass "([^"]+)" not found""")]
    private static partial Regex Runtime();

    [GeneratedRegex(@"exceeded quota: (?<quota>[^,]+), requested: (?<requested>\S+), used: (?<used>\S+), limited: (?<limited>\S+)")]
    private static partial Regex Exceeded();

    [GeneratedRegex(@"failed quota: (?<quota>[^:]+): must specify (?<what>.+)")]
    private static partial Regex MustSpecify();

    [GeneratedRegex("""(?:service account|serviceaccounts?) "?([a-z0-9./-]+)"?(?:: serviceaccount "?[a-z0-9.-]+"?)? (?:was )?not found""")]
    private static partial Regex Account();

    [GeneratedRegex(@"(?:maximum|minimum) (?<resource>[a-z-]+) usage per (?:Container|Pod) is (?<bound>[^,]+?),? but (?:limit|request) is [^,\]]+|(?:maximum|minimum) (?<resource>[a-z-]+) usage per (?:Container|Pod) is (?<bound>[^,.\]]+)")]
    private static partial Regex Range();

    [GeneratedRegex("""failed calling webhook "([^"]+)""")]
    private static partial Regex Webhook();

    [GeneratedRegex("""admission webhook "([^"]+)" denied the request: (.+)""")]
    private static partial Regex Denied();

    [GeneratedRegex("""PodSecurity "([a-z]+)""")]
    private static partial Regex Level();
}
