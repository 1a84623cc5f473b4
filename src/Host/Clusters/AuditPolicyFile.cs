using Slipway.Api;
using Slipway.Api.Documents;
using Slipway.ApiServer.Audit;
using Slipway.Cli;

namespace Slipway.Host.Clusters;

/// <summary>Reads the file of an audit policy.</summary>
internal static class AuditPolicyFile
{
    /// <exception cref="CommandException">It cannot be read or is wrong; the message names the file, the field and its value.</exception>
    public static AuditPolicy Read(string path)
    {
        string text;
        try
        {
            text = File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandException($"the audit policy {path} cannot be read: {e.Message}");
        }
        try
        {
            return DocumentReader.ParseYaml(text) is [var document]
                ? AuditPolicy.Parse(document)
                : throw new CommandException($"the audit policy {path} must hold one document");
        }
        catch (ApiException e)
        {
            throw new CommandException($"the audit policy {path} is wrong: {(e.Causes.Count == 0 ? e.Message : string.Join("; ", e.Causes.Select(c => $"{c.Field}: {c.Message}")))}");
        }
    }
}
