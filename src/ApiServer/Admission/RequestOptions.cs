using System.Text.Json.Nodes;
using Slipway.ApiServer.Writes;

namespace Slipway.ApiServer.Admission;

/// <summary>The options of a request as a document, as admission webhooks get them.</summary>
internal static class RequestOptions
{
    public static JsonObject Of(WriteContext context, Operation operation)
    {
        var query = context.Query;
        if (operation == Operation.Connect) return [];
        var options = operation == Operation.Delete ? context.OptionsBody() : [];
        options["apiVersion"] = "meta.k8s.io/v1";
        options["kind"] = operation switch
        {
            Operation.Create => "CreateOptions",
            Operation.Delete => "DeleteOptions",
            _ => context.Request.Method == "PATCH" ? "PatchOptions" : "UpdateOptions",
        };
        if (context.DryRun) options["dryRun"] = new JsonArray("All");
        if (operation == Operation.Delete)
        {
            if (query.Number("gracePeriodSeconds") is { } grace && options["gracePeriodSeconds"] is null) options["gracePeriodSeconds"] = grace;
            if (query["propagationPolicy"] is { Length: > 0 } policy && options["propagationPolicy"] is null) options["propagationPolicy"] = policy;
            return options;
        }
        if (query["fieldManager"] is { Length: > 0 } manager) options["fieldManager"] = manager;
        if (query["fieldValidation"] is { Length: > 0 } validation) options["fieldValidation"] = validation;
        if (query.Flag("force")) options["force"] = true;
        return options;
    }
}
