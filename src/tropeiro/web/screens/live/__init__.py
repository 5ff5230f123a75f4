"""Pages that stay live: one connection that listens, looks that viewers share, and the streams they are told through.

How a page subscribes
---------------------
1. An address of its own answers with a stream (`stream.stream`), given what is to be followed (`watch.Watch`)::

       @require_GET
       async def queue_events(request: HttpRequest) -> HttpResponseBase:
           return await stream(request, queue_watch)

       def queue_watch(member: Member) -> Watch:
           member.require(Verb.VIEW)
           return Watch(topic=OrganizationTopic(member.organization), read=read, shared_by=lambda member: member.role)

       def read(member: Member, after: str) -> Seen:
           depth = queue_depth(member)
           return Seen(parts={"depth": Part(depth, lambda: render_to_string("queue/depth.html", {"depth": depth}))})

   ``read`` runs on a thread, in the viewer's language and time zone, whenever something happened that concerns the
   topic, and now and then without. It is synchronous and uses the database as any query does. Viewers for whom
   ``shared_by`` gives the same share what one of them read, so it must name everything about the member, beside the
   organization, that the answer depends on.

2. The page says which element shows what; the frame's script (``frontend/src/frame/live.ts``) does the rest::

       <div data-live="{% url 'queue-events' %}">
         <p data-live-lost hidden>{% translate "The connection is lost. Trying again…" %}</p>
         <section data-live-part="depth">{% include "queue/depth.html" %}</section>
         <ol data-live-append="lines" data-live-most="2000">…</ol>
       </div>

   The event ``depth`` replaces that section's content, unless somebody is filling in or pressing something in it: then
   once they are done. The event ``lines`` (from ``Seen.added``) appends, and the oldest go. A script hears everything
   as ``tropeiro:live`` on the element (``detail``: ``name``, ``data``), and ``tropeiro:replaced`` on what was replaced.
   ``Seen.cursor`` comes back as ``after`` when a browser reconnects; the first one stands in the address, ``?after=…``.
   A page that nobody looks at lets go of its stream and takes it up again where it was.
"""
