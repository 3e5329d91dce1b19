"""Moto as a server that works on one request at a time, so that each is atomic as it is on AWS. Prints its port."""

from moto.server import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import WSGIRequestHandler, make_server


class Quiet(WSGIRequestHandler):
    def log(self, *args: object) -> None:
        pass


application = DomainDispatcherApplication(create_backend_app)
server = make_server("127.0.0.1", 0, application, threaded=False, request_handler=Quiet)
print(server.server_port, flush=True)
server.serve_forever()
