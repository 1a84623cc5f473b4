using System.Text.Json.Nodes;
using Slipway.Api.Documents;
using Slipway.Api.Rules.Pods;
using static Slipway.Api.Rules.FieldCheck;

namespace Slipway.Api.Rules.Jobs;

/// <summary>The rules of a job's specification, in a job or in the template of a cron job.</summary>
internal static class JobSpecRules
{
    private const int MaxParallelIndexes = 100_000;
    private const int MaxFailedIndexes = 100_000;
    private const int ManyCompletions = 100_000;
    private const int MaxForMany = 10_000;
    private const int MaxManagedByBytes = 63;

    public static void Validate(JsonObject spec, string path, List<StatusCause> causes)
    {
        NotNegative(spec, ["parallelism", "completions", "activeDeadlineSeconds", "backoffLimit", "ttlSecondsAfterFinished", "backoffLimitPerIndex", "maxFailedIndexes"], path, causes);
        if (spec["maxFailedIndexes"] is not null && spec["backoffLimitPerIndex"] is null) causes.Add(StatusCause.Required($"{path}.backoffLimitPerIndex", "when maxFailedIndexes is specified"));
        if (spec.Text("managedBy") is not null)
        {
            RequiredGrammar(spec, "managedBy", Names.DomainPrefixedPathError, path, causes);
            NotLonger(spec, "managedBy", MaxManagedByBytes, path, causes);
        }
        Supported(spec, "completionMode", ["NonIndexed", "Indexed"], path, causes);
        if (spec.Text("completionMode") == "Indexed") Indexed(spec, path, causes);
        else
            foreach (var name in (ReadOnlySpan<string>)["backoffLimitPerIndex", "maxFailedIndexes", "successPolicy"])
                if (spec[name] is { } value) causes.Add(StatusCause.Invalid($"{path}.{name}", value.Shown(), "requires indexed completion mode"));
        if (spec.Object("podFailurePolicy") is { } failure) JobPolicyRules.Failure(spec, failure, $"{path}.podFailurePolicy", causes);
        if (spec.Object("successPolicy") is { } success && spec.Text("completionMode") == "Indexed") JobPolicyRules.Success(spec, success, $"{path}.successPolicy", causes);
        Supported(spec, "podReplacementPolicy", spec["podFailurePolicy"] is null ? ["Failed", "TerminatingOrFailed"] : ["Failed"], path, causes);

        var template = spec.Object("template") ?? [];
        PodTemplateRules.Validate(template, $"{path}.template", causes);
        var restart = template.Object("spec")?.Text("restartPolicy");
        if (restart is not ("OnFailure" or "Never")) causes.Add(StatusCause.Required($"{path}.template.spec.restartPolicy", "valid values: \"OnFailure\", \"Never\""));
        else if (spec["podFailurePolicy"] is not null && restart == "OnFailure")
            causes.Add(StatusCause.Invalid($"{path}.template.spec.restartPolicy", Quote(restart), "only \"Never\" is supported when podFailurePolicy is specified"));
    }

    private static void Indexed(JsonObject spec, string path, List<StatusCause> causes)
    {
        var (completions, parallelism, failed) = (spec.Integer("completions"), spec.Integer("parallelism"), spec.Integer("maxFailedIndexes"));
        if (completions is null) causes.Add(StatusCause.Required($"{path}.completions", "when completion mode is Indexed"));
        if (parallelism > MaxParallelIndexes) causes.Add(StatusCause.Invalid($"{path}.parallelism", $"{parallelism}", $"must be less than or equal to {MaxParallelIndexes} when completion mode is Indexed"));
        if (failed > completions) causes.Add(StatusCause.Invalid($"{path}.maxFailedIndexes", $"{failed}", "must be less than or equal to completions"));
        if (failed > MaxFailedIndexes) causes.Add(StatusCause.Invalid($"{path}.maxFailedIndexes", $"{failed}", $"must be less than or equal to {MaxFailedIndexes}"));
        if (!(completions > ManyCompletions) || spec["backoffLimitPerIndex"] is null) return;
        var limit = $"must be less than or equal to {MaxForMany} when completions are above {ManyCompletions} and used with backoff limit per index";
        if (failed is null) causes.Add(StatusCause.Required($"{path}.maxFailedIndexes", $"must be specified when completions is above {ManyCompletions}"));
        if (parallelism > MaxForMany) causes.Add(StatusCause.Invalid($"{path}.parallelism", $"{parallelism}", limit));
        if (failed > MaxForMany) causes.Add(StatusCause.Invalid($"{path}.maxFailedIndexes", $"{failed}", limit));
    }
}
