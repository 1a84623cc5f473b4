using Slipway.Client;

namespace Slipway.Controllers;

/// <summary>Tells what has changed in a Job's conditions.</summary>
internal static class JobEvents
{
    public static void Tell(EventRecorder events, JobView before, JobView now)
    {
        foreach (var condition in now.Status?.Conditions ?? [])
        {
            if (before.Status?.Conditions?.Find(old => old.Type == condition.Type)?.Status == condition.Status)
                continue;
            switch (condition)
            {
                case { Type: JobView.Complete }:
                    events.Normal(now, "Completed", "Job completed");
                    break;
                case { Type: JobView.Failed }:
                    events.Warning(now, condition.Reason ?? "Failed", condition.Message ?? "Job failed");
                    break;
                case { Type: JobView.Suspended, Status: "True" }:
                    events.Normal(now, "Suspended", "Job suspended");
                    break;
                case { Type: JobView.Suspended }:
                    events.Normal(now, "Resumed", "Job resumed");
                    break;
            }
        }
    }
}
